// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport

/// Issues the certificates of one mesh into one directory.
struct CertificateMaker {
    let directory: String
    var hosts: [String] = []
    var validDays = 365

    /// One for each daemon, one for the operator, one for each of `tenants`.
    func make(tenants: [String]) throws(TLSError) {
        let authority = try openOrCreate()
        for daemon in MeshDaemon.allCases {
            try issue(
                .service(daemon.rawValue), by: authority,
                dnsNames: ["localhost", daemon.rawValue] + hosts)
        }
        try issue(.operator("local"), by: authority, name: "operator")
        for tenant in tenants {
            try issue(.tenant(tenant), by: authority, name: "tenant-\(tenant)")
        }
    }

    private func openOrCreate() throws(TLSError) -> CertificateAuthority {
        FileManager.default.fileExists(atPath: directory + "/ca.pem")
            ? try CertificateAuthority.open(directory: directory)
            : try CertificateAuthority.create(directory: directory)
    }

    private func issue(
        _ identity: PeerIdentity, by authority: CertificateAuthority, name: String? = nil,
        dnsNames: [String] = ["localhost"]
    ) throws(TLSError) {
        let request = CertificateAuthority.Request(
            identity: identity, name: name, dnsNames: dnsNames, validDays: validDays)
        try authority.issue(request, to: directory)
    }
}
