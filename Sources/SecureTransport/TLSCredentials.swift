// SPDX-License-Identifier: MIT

import COpenSSL

/// One loaded SSL_CTX and the ALPN bytes that its callback reads.
///
// SAFETY: configured in `init`, never changed after; SSL_new on a finished SSL_CTX is thread-safe.
final class TLSCredentials: @unchecked Sendable {
    let pointer: OpaquePointer
    private let protocols: UnsafeMutableBufferPointer<UInt8>

    init(role: TLSContext.Role, files: TLSFiles, policy: TLSPolicy) throws(TLSError) {
        TLSErrorQueue.clear()
        let method = role == .server ? TLS_server_method() : TLS_client_method()
        guard let pointer = SSL_CTX_new(method) else {
            throw TLSErrorQueue.drain(.configuration, doing: "making a context")
        }
        self.pointer = pointer
        let encoded = policy.encodedProtocols
        protocols = .allocate(capacity: encoded.count)
        _ = protocols.initialize(from: encoded)
        // All properties are set: from here on a throw runs deinit.
        COpenSSL_context_set_modes(pointer)
        guard COpenSSL_context_require_tls13(pointer) == 1 else {
            throw TLSErrorQueue.drain(.configuration, doing: "requiring TLS 1.3")
        }
        try load(files, role: role)
        try demand(policy, role: role)
    }

    deinit {
        SSL_CTX_free(pointer)
        protocols.deallocate()
    }

    private func load(_ files: TLSFiles, role: TLSContext.Role) throws(TLSError) {
        if role == .server || !files.isAnonymous { try loadOwn(files) }
        guard SSL_CTX_load_verify_file(pointer, files.trustRoots) == 1,
            role == .client || COpenSSL_context_send_client_roots(pointer, files.trustRoots) == 1
        else {
            throw TLSErrorQueue.drain(.configuration, doing: "reading \(files.trustRoots)")
        }
    }

    private func loadOwn(_ files: TLSFiles) throws(TLSError) {
        guard SSL_CTX_use_certificate_chain_file(pointer, files.certificate) == 1 else {
            throw TLSErrorQueue.drain(.configuration, doing: "reading \(files.certificate)")
        }
        guard SSL_CTX_use_PrivateKey_file(pointer, files.privateKey, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_check_private_key(pointer) == 1
        else {
            throw TLSErrorQueue.drain(.configuration, doing: "reading \(files.privateKey)")
        }
    }

    private func demand(_ policy: TLSPolicy, role: TLSContext.Role) throws(TLSError) {
        let isRequired = role == .client || policy.isPeerCertificateRequired
        SSL_CTX_set_verify(
            pointer, SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
        switch role {
        case .client:
            // This one answers 0 for success.
            guard
                SSL_CTX_set_alpn_protos(pointer, protocols.baseAddress, UInt32(protocols.count))
                    == 0
            else { throw TLSErrorQueue.drain(.configuration, doing: "setting the protocols") }
        case .server:
            // Without protocols of its own a server passes over those that a client names.
            guard !policy.protocols.isEmpty else { return }
            let argument = Unmanaged.passUnretained(self).toOpaque()
            SSL_CTX_set_alpn_select_cb(pointer, selectProtocol, argument)
        }
    }

    /// Called by OpenSSL on the server when the client named protocols; a mismatch ends the
    /// handshake.
    fileprivate func select(
        from offered: UnsafePointer<UInt8>?, count: UInt32,
        into selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        byteCount: UnsafeMutablePointer<UInt8>?
    ) -> Int32 {
        var found: UnsafeMutablePointer<UInt8>?
        let outcome = SSL_select_next_proto(
            &found, byteCount, protocols.baseAddress, UInt32(protocols.count), offered, count)
        guard outcome == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        selected?.pointee = UnsafePointer(found)
        return SSL_TLSEXT_ERR_OK
    }
}

private func selectProtocol(
    _: OpaquePointer?, selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    byteCount: UnsafeMutablePointer<UInt8>?, offered: UnsafePointer<UInt8>?,
    offeredByteCount: UInt32,
    argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let argument else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    // The credentials outlive the call: the SSL whose handshake this is holds its connection's
    // reference.
    return Unmanaged<TLSCredentials>.fromOpaque(argument).takeUnretainedValue()
        .select(from: offered, count: offeredByteCount, into: selected, byteCount: byteCount)
}
