// SPDX-License-Identifier: MIT

import COpenSSL

extension PeerIdentity {
    /// The identity in a certificate: it must hold exactly one URI name, and that must be ours.
    init(certificate: OpaquePointer) throws(TLSError) {
        var bytes: UnsafeMutablePointer<CChar>?
        var byteCount: Int32 = 0
        let count = COpenSSL_uri_names(certificate, &bytes, &byteCount)
        defer { COpenSSL_free(bytes) }
        guard count == 1, let bytes else {
            throw TLSError(.identityRefused, "the certificate has \(count) URI names, not one")
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
