// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import Testing

@testable import MeshCommands

@Suite struct MeshPortsTests {
    @Test func `free ports are all different, and free`() throws {
        let ports = try MeshPorts.free()
        let all = [ports.http] + ports.mesh.values + ports.admin.values
        #expect(Set(all).count == 1 + 4 + 8)
        try ports.check()
    }

    @Test func `a port that somebody listens on is named, with whose it was to be`() async throws {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let taken = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(taken.localAddress?.port)
        var ports = try MeshPorts.free()
        ports.mesh["brokerd"] = port
        let error = #expect(throws: CommandError.self) { try ports.check() }
        #expect(
            error?.description.hasPrefix("port \(port) (brokerd, mesh): Address already in use")
                == true)
        try await taken.close()
    }
}
