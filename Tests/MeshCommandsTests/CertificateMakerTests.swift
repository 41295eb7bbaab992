// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport
import Testing

@testable import MeshCommands

@Suite struct CertificateMakerTests {
    @Test func `every daemon, the operator and each tenant get one, and the root stays`() throws {
        try RunDirectory.with { directory in
            try CertificateMaker(directory: directory).make(tenants: ["acme"])
            let root = try Data(contentsOf: URL(filePath: directory + "/ca.pem"))
            let names = MeshDaemon.allCases.map(\.rawValue) + ["operator", "tenant-acme"]
            for name in names {
                _ = try TLSContext(role: .client, files: TLSFiles(directory: directory, name: name))
            }
            try CertificateMaker(directory: directory).make(tenants: ["globex"])
            #expect(try Data(contentsOf: URL(filePath: directory + "/ca.pem")) == root)
            #expect(FileManager.default.fileExists(atPath: directory + "/tenant-globex.pem"))
        }
    }

    @Test func `a name that no identity may have is refused`() throws {
        try RunDirectory.with { directory in
            #expect(throws: TLSError.self) {
                try CertificateMaker(directory: directory).make(tenants: ["Bad Tenant"])
            }
        }
    }
}
