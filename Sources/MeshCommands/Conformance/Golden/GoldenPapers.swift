// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport

/// The certificates of a run: what the server shows in each guise, and what the client has.
struct GoldenPapers: Sendable {
    let client: TLSFiles
    private let certificates: String
    private let stranger: TLSFiles

    /// - Parameters:
    ///   - certificates: a directory as `meshctl certs make` writes it; nil: one is made.
    ///   - scratch: a directory for what is made.
    init(certificates: String?, scratch: URL) throws(TLSError) {
        let made = scratch.appending(path: "certs").path
        if certificates == nil { try CertificateMaker(directory: made).make(tenants: ["golden"]) }
        self.certificates = certificates ?? made
        client = TLSFiles(
            directory: self.certificates, name: certificates == nil ? "tenant-golden" : "operator")
        let foreign = scratch.appending(path: "stranger").path
        let authority = try CertificateAuthority.create(directory: foreign)
        stranger = try authority.issue(.init(identity: .service("ingestd")), to: foreign)
    }

    /// What a server in this guise shows.
    func face(
        _ guise: GoldenCase.Guise, of service: String
    ) throws(TLSError) -> GoldenServer.Face {
        switch guise {
        case .expected: .secure(try context(service))
        case .other: .secure(try context("inventoryd"))
        case .speechless:
            .secure(
                try context(
                    service,
                    TLSPolicy(
                        protocols: [], isProtocolRequired: false, isPeerCertificateRequired: true)))
        case .stranger: .secure(try TLSContext(role: .server, files: strangerFiles))
        case .tls12: .tls12
        }
    }

    private func context(
        _ service: String, _ policy: TLSPolicy = .mesh
    ) throws(TLSError) -> TLSContext {
        let files = TLSFiles(directory: certificates, name: service)
        return try TLSContext(role: .server, files: files, policy: policy)
    }

    /// The stranger's certificate, and our root: so that it is the client who refuses.
    private var strangerFiles: TLSFiles {
        TLSFiles(
            certificate: stranger.certificate, privateKey: stranger.privateKey,
            trustRoots: client.trustRoots)
    }
}
