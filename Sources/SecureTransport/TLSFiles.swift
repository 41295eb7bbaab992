// SPDX-License-Identifier: MIT

/// Where a process finds its credentials: three PEM files, read at start and at each reload.
package struct TLSFiles: Sendable, Equatable {
    /// The certificate, followed by any intermediate ones.
    package let certificate: String
    /// Its private key; must not be readable by others.
    package let privateKey: String
    /// The certificates that a peer's chain must lead to.
    package let trustRoots: String

    package init(certificate: String, privateKey: String, trustRoots: String) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.trustRoots = trustRoots
    }

    /// The files that `CertificateAuthority.issue` writes: `NAME.pem`, `NAME.key` and `ca.pem`.
    package init(directory: String, name: String) {
        self.init(
            certificate: "\(directory)/\(name).pem", privateKey: "\(directory)/\(name).key",
            trustRoots: "\(directory)/ca.pem")
    }

    /// Of a client that shows no certificate; no server of the mesh lets it in.
    package static func anonymous(trustRoots: String) -> TLSFiles {
        TLSFiles(certificate: "", privateKey: "", trustRoots: trustRoots)
    }

    var isAnonymous: Bool { certificate.isEmpty }
}
