// SPDX-License-Identifier: MIT

import COpenSSL
import Glibc

/// A mesh's own certificate authority: a directory with `ca.pem` and `ca.key`.
///
/// The key is read from disk for each certificate and forgotten again.
package struct CertificateAuthority: Sendable {
    /// What a certificate is to say.
    package struct Request: Sendable {
        package var identity: PeerIdentity
        /// The files' name; letters as in an identity.
        package var name: String
        package var dnsNames: [String]
        /// Textual IPv4 or IPv6 addresses.
        package var ipAddresses: [String]
        /// Whole days from now.
        package var validDays: Int
        /// What stands in place of the identity, to try who refuses it: any number of URIs.
        package var uris: [String]?

        package init(
            identity: PeerIdentity, name: String? = nil, dnsNames: [String] = ["localhost"],
            ipAddresses: [String] = ["127.0.0.1", "::1"], validDays: Int = 365
        ) {
            self.identity = identity
            self.name = name ?? identity.name
            self.dnsNames = dnsNames
            self.ipAddresses = ipAddresses
            self.validDays = validDays
        }
    }

    package let directory: String

    private static let rootValidDays = 3650

    /// Makes the directory if needed, and in it a root of trust valid for ten years.
    /// - Throws: `configuration` when one is there already, or the disk refuses.
    package static func create(directory: String) throws(TLSError) -> CertificateAuthority {
        try PrivateFile.makeDirectory(directory)
        guard access("\(directory)/ca.pem", F_OK) != 0 else {
            throw TLSError(.configuration, "\(directory) holds a certificate authority already")
        }
        let key = try SigningKey()
        let draft = try CertificateDraft(
            key: key, commonName: "order-mesh root", validDays: rootValidDays)
        try draft.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", issuer: nil)
        try draft.add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer: nil)
        try draft.add(NID_subject_key_identifier, "hash", issuer: nil)
        try draft.sign(by: nil, key: key)
        try PrivateFile.write(key.pem(), to: "\(directory)/ca.key", mode: 0o600)
        try PrivateFile.write(draft.pem(), to: "\(directory)/ca.pem", mode: 0o644)
        return CertificateAuthority(directory: directory)
    }

    /// Opens an authority made before, and checks that both files can be read.
    package static func open(directory: String) throws(TLSError) -> CertificateAuthority {
        let authority = CertificateAuthority(directory: directory)
        _ = try authority.load()
        return authority
    }

    /// Writes `NAME.key` (0600), `NAME.pem` and `ca.pem` into a directory, replacing what is there.
    /// - Returns: the three paths, as a context takes them.
    @discardableResult
    package func issue(_ request: Request, to target: String) throws(TLSError) -> TLSFiles {
        let names = try Self.alternativeNames(request)
        let (root, rootKey) = try load()
        let key = try SigningKey()
        let draft = try CertificateDraft(
            key: key, commonName: request.identity.name, validDays: request.validDays)
        try draft.add(NID_basic_constraints, "critical,CA:FALSE", issuer: root)
        try draft.add(NID_key_usage, "critical,digitalSignature", issuer: root)
        try draft.add(NID_ext_key_usage, "serverAuth,clientAuth", issuer: root)
        try draft.add(NID_subject_alt_name, names, issuer: root)
        try draft.add(NID_authority_key_identifier, "keyid", issuer: root)
        try draft.sign(by: root, key: rootKey)
        try PrivateFile.makeDirectory(target)
        let files = TLSFiles(directory: target, name: request.name)
        try PrivateFile.write(key.pem(), to: files.privateKey, mode: 0o600)
        try PrivateFile.write(draft.pem(), to: files.certificate, mode: 0o644)
        try PrivateFile.write(root.pem(), to: files.trustRoots, mode: 0o644)
        return files
    }

    private func load() throws(TLSError) -> (CertificateDraft, SigningKey) {
        let key = try SigningKey(pem: try PrivateFile.read("\(directory)/ca.key"))
        let root = try CertificateDraft(pem: try PrivateFile.read("\(directory)/ca.pem"))
        return (root, key)
    }

    /// The extension's text. What goes in is checked first: a comma would start another name.
    private static func alternativeNames(_ request: Request) throws(TLSError) -> String {
        guard PeerIdentity(uri: request.identity.description) != nil,
            PeerIdentity.isName(request.name)
        else { throw TLSError(.configuration, "a name is 1...64 of a-z 0-9 . _ -") }
        for name in request.dnsNames where !isHostName(name) {
            throw TLSError(.configuration, "not a DNS name: \(name)")
        }
        let uris = request.uris ?? [request.identity.description]
        for uri in uris where uri.contains(",") || !uri.contains("://") {
            throw TLSError(.configuration, "not a URI: \(uri)")
        }
        for address in request.ipAddresses where !isAddress(address) {
            throw TLSError(.configuration, "not an IP address: \(address)")
        }
        let names =
            uris.map { "URI:\($0)" } + request.dnsNames.map { "DNS:\($0)" }
            + request.ipAddresses.map { "IP:\($0)" }
        return names.joined(separator: ",")
    }

    private static func isHostName(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-*_".contains($0)) }
    }

    private static func isAddress(_ text: String) -> Bool {
        var storage = in6_addr()
        return inet_pton(AF_INET, text, &storage) == 1 || inet_pton(AF_INET6, text, &storage) == 1
    }
}
