// SPDX-License-Identifier: MIT
import TestSupport
import Testing

/// The built programs against the description of their HTTP, from outside.
@Suite(.serialized, .timeLimit(.minutes(5))) struct OpenAPITests {
    @Test func `all that Schemathesis can think of is answered as the description says`()
        async throws
    {
        let mesh = try await MeshProcess.start(["MESH_HTTP_ANONYMOUS": "false"])
        let plan = try mesh.meshctl([
            "limit", "set", "acme", "--rate", "1000000", "--why", "out of reach",
        ])
        #expect(await plan.end() == 0, "\(plan.lines)")
        let maker = try mesh.meshctl(["key", "make", "acme"])
        #expect(await maker.end() == 0, "\(maker.lines)")
        let key = try #require(maker.lines.last)
        let check = try ToolProcess(
            script: "scripts/test-openapi", ["http://127.0.0.1:\(mesh.httpPort)", key])
        #expect(await check.end() == 0, "\(check.lines.joined(separator: "\n"))")
        #expect(try await mesh.stop() == 0)
    }
}
