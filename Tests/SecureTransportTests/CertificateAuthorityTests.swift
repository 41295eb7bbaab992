// SPDX-License-Identifier: MIT

import Foundation
import SecureTransport
import Testing

@Suite struct CertificateAuthorityTests {
    let fixture: TLSFixture

    init() throws { fixture = try TLSFixture() }

    @Test func `keys are readable by their owner only`() throws {
        let files = try fixture.files(.service("brokerd"))
        for path in [files.privateKey, fixture.directory + "/ca.key"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `nothing half-written is left behind`() throws {
        _ = try fixture.files(.service("brokerd"))
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.directory)
        #expect(Set(names) == ["ca.pem", "ca.key", "brokerd.pem", "brokerd.key"])
    }

    @Test func `an authority is not made over another`() {
        #expect(throws: TLSError.self) {
            try CertificateAuthority.create(directory: fixture.directory)
        }
    }

    @Test func `an authority opened again issues certificates of the same root`() throws {
        let again = try CertificateAuthority.open(directory: fixture.directory)
        let files = try again.issue(
            .init(identity: .operator("alice")), to: fixture.directory + "/alice")
        #expect(throws: Never.self) { try TLSContext(role: .client, files: files) }
    }

    @Test(arguments: [
        CertificateAuthority.Request(identity: .tenant("a,DNS:evil")),
        .init(identity: .tenant("a"), name: "../a"),
        .init(identity: .tenant("a"), dnsNames: ["a,URI:b"]),
        .init(identity: .tenant("a"), ipAddresses: ["1.2.3.4.5"]),
    ])
    func `a request that says more than it may is refused`(_ request: CertificateAuthority.Request)
    {
        #expect(throws: TLSError.self) {
            try fixture.authority.issue(request, to: fixture.directory)
        }
    }
}
