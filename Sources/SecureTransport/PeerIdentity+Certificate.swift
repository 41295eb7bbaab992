// SPDX-License-Identifier: MIT

import COpenSSL

extension PeerIdentity {
    /// The identity in a certificate: of its URI names exactly one must be of this mesh.
    init(certificate: OpaquePointer) throws(TLSError) {
        var bytes: UnsafeMutablePointer<CChar>?
        var byteCount: Int32 = 0
        let count = COpenSSL_uri_names(certificate, Self.prefix, &bytes, &byteCount)
        defer { COpenSSL_free(bytes) }
        guard count == 1, let bytes else {
            throw TLSError(
                .identityRefused, "the certificate has \(count) identities of this mesh, not one")
        }
        let raw = UnsafeRawBufferPointer(start: bytes, count: Int(byteCount))
        guard let uri = String(validating: raw, as: UTF8.self),
            let identity = PeerIdentity(uri: uri)
        else {
            throw TLSError(.identityRefused, "the certificate's URI is no identity of this mesh")
        }
        self = identity
    }
}
