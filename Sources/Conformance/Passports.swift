// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport
import Synchronization

/// The certificates that cases show: those in a directory, and where the root's key is there, others
/// made for the occasion, good and bad.
package final class Passports: Sendable {
    private let directory: String
    /// What was made; removed with this object.
    private let made: String
    private let contexts = Mutex<[Visitor: TLSContext]>([:])
    private let known = Mutex<[Visitor: TLSFiles]>([:])

    /// - Parameter directory: as `meshctl certs make` writes it; `ca.key` need not be there.
    /// - Throws: when there is no `ca.pem`, or no directory for what is made.
    package init(directory: String) throws {
        self.directory = directory
        guard FileManager.default.fileExists(atPath: directory + "/ca.pem") else {
            throw TLSError(.configuration, "no ca.pem in \(directory)")
        }
        made = FileManager.default.temporaryDirectory.path + "/conformance-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: made, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: made) }

    /// As whom to come.
    func context(_ visitor: Visitor) throws -> TLSContext {
        try contexts.withLock { contexts in
            if let known = contexts[visitor] { return known }
            let context = try TLSContext(role: .client, files: files(visitor))
            contexts[visitor] = context
            return context
        }
    }

    /// The operator, offering other application protocols.
    func context(offering protocols: [String]) throws -> TLSContext {
        let policy = TLSPolicy(
            protocols: protocols, isProtocolRequired: false, isPeerCertificateRequired: true)
        return try TLSContext(role: .client, files: files(.operator), policy: policy)
    }

    /// Nobody.
    func anonymous() throws -> TLSContext {
        try TLSContext(role: .client, files: .anonymous(trustRoots: trustRoots))
    }

    /// An operator by the word of another root.
    func stranger() throws -> TLSContext {
        let root = try CertificateAuthority.create(directory: made + "/" + UUID().uuidString)
        let own = try root.issue(.init(identity: .operator("mallory")), to: root.directory)
        let files = TLSFiles(
            certificate: own.certificate, privateKey: own.privateKey, trustRoots: trustRoots)
        return try TLSContext(role: .client, files: files)
    }

    /// Somebody whom the mesh's root calls by these URIs, and by no other name.
    func context(named uris: [String]) throws -> TLSContext {
        guard let root = try root() else {
            throw CaseSkip("needs the root's key, ca.key, to make a certificate")
        }
        var request = CertificateAuthority.Request(identity: .operator("odd"))
        request.uris = uris
        let files = try root.issue(request, to: made + "/" + UUID().uuidString)
        return try TLSContext(role: .client, files: files)
    }

    private var trustRoots: String { directory + "/ca.pem" }

    /// Made under the lock: cases that begin together must not write one file at once.
    private func files(_ visitor: Visitor) throws -> TLSFiles {
        try known.withLock { known in
            if let files = known[visitor] { return files }
            let files = try findOrMake(visitor)
            known[visitor] = files
            return files
        }
    }

    private func findOrMake(_ visitor: Visitor) throws -> TLSFiles {
        let files = TLSFiles(directory: directory, name: visitor.fileName)
        if FileManager.default.fileExists(atPath: files.certificate) { return files }
        guard let root = try root() else {
            throw CaseSkip("needs \(visitor.fileName).pem, or ca.key to make it")
        }
        return try root.issue(
            .init(identity: visitor.identity, name: visitor.fileName), to: made)
    }

    private func root() throws -> CertificateAuthority? {
        guard FileManager.default.fileExists(atPath: directory + "/ca.key") else { return nil }
        return try CertificateAuthority.open(directory: directory)
    }
}

extension Visitor {
    var identity: PeerIdentity {
        switch self {
        case .operator: .operator("examiner")
        case .stage: .service("paymentd")
        case .ingest: .service("ingestd")
        case .fulfillment: .service("fulfillmentd")
        case .tenant: .tenant(Self.tenantName)
        }
    }
}
