// SPDX-License-Identifier: MIT
import Testing

@testable import MeshCommands

@Suite struct DaemonEnvironmentTests {
    @Test(arguments: MeshDaemon.allCases)
    func `every daemon is told where the others are and where its own ports`(
        daemon: MeshDaemon
    ) throws {
        try RunDirectory.with { directory in
            let layout = try MeshLayout(runDirectory: directory)
            let map = layout.map(ports: .standard, postgres: "host=/tmp")
            let variables = DaemonEnvironment(map: map, layout: layout).variables(of: daemon)
            #expect(variables["MESH_BROKER_PORT"] == "9101")
            #expect(variables["MESH_LIMITER_PORT"] == "9102")
            #expect(variables["MESH_ADMIN_PORT"] == map.admin[daemon.rawValue].map(String.init))
            #expect((variables["MESH_LISTEN_PORT"] != nil) == daemon.listens)
            #expect(variables["MESH_TLS_DIR"] == directory + "/certs")
            #expect(variables["MESH_POSTGRES_CONNINFO"] == "host=/tmp")
        }
    }
}
