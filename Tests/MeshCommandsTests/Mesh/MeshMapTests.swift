// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport
import Testing

@testable import MeshCommands

@Suite struct MeshMapTests {
    @Test func `what up writes is what the other commands read`() throws {
        try RunDirectory.with { directory in
            let layout = try MeshLayout(runDirectory: directory)
            let map = layout.map(ports: .standard, postgres: "host=/tmp")
            try map.write(to: directory)
            #expect(try MeshMap.read(from: directory) == map)
            #expect(map.http == 9000 && map.mesh["brokerd"] == 9101)
            #expect(map.operatorFiles.certificate == directory + "/certs/operator.pem")
        }
    }
}
