// SPDX-License-Identifier: MIT

import COpenSSL
import NIOCore

/// One SSL object between two buffers of ciphertext. Knows nothing of channels: bytes in, bytes
/// out.
/// Confined to one event loop.
final class TLSConnection {
    /// Ciphertext from the peer, not yet taken by OpenSSL.
    private var inbound = ByteBuffer()
    /// Ciphertext for the peer, not yet taken by the channel.
    private var outbound = ByteBuffer()
    private let ssl: OpaquePointer
    // Held because the SSL_CTX's callback points to it.
    private let credentials: TLSCredentials
    private let policy: TLSPolicy
    private let expectedPeer: PeerIdentity?

    /// How far a read got.
    enum ReadOutcome: Equatable {
        /// All that came is decrypted; more bytes are needed.
        case drained
        /// The peer said close_notify: nothing will follow.
        case endOfStream
    }

    init(
        credentials: TLSCredentials, role: TLSContext.Role, policy: TLSPolicy,
        expecting peer: PeerIdentity?,
        serverName: String?
    ) throws(TLSError) {
        guard let ssl = SSL_new(credentials.pointer) else {
            throw TLSErrorQueue.drain(.configuration, doing: "making a connection")
        }
        self.ssl = ssl
        self.credentials = credentials
        self.policy = policy
        expectedPeer = peer
        guard let bio = ByteBufferBIO.method.make(for: self) else {
            throw TLSErrorQueue.drain(.configuration, doing: "making a buffer")
        }
        SSL_set_bio(ssl, bio, bio)
        switch role {
        case .server: SSL_set_accept_state(ssl)
        case .client: SSL_set_connect_state(ssl)
        }
        if let serverName { _ = COpenSSL_set_server_name(ssl, serverName) }
    }

    deinit { SSL_free(ssl) }

    // MARK: Ciphertext

    /// Gives back the buffer that the last bytes came in, so that the socket can fill it again.
    func releaseInbound() {
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
    }

    /// Appends what the socket gave.
    func receive(_ ciphertext: consuming ByteBuffer) {
        if inbound.readableBytes == 0 {
            inbound = ciphertext
        } else {
            inbound.writeBuffer(&ciphertext)
        }
    }

    /// What is to be sent now; nil when there is nothing.
    func takeOutbound() -> ByteBuffer? {
        guard outbound.readableBytes > 0 else { return nil }
        let ciphertext = outbound
        if outbound.capacity > TLSLimits.keptBufferByteCountMax {
            outbound = ByteBuffer()
        } else {
            // Keeps the storage for the next burst once the socket is done with it.
            outbound.moveReaderIndex(to: outbound.writerIndex)
        }
        return ciphertext
    }

    func takeCiphertext(into target: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(target.count, inbound.readableBytes)
        guard count > 0 else { return 0 }
        inbound.readWithUnsafeReadableBytes { source in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
            return count
        }
        return count
    }

    func giveCiphertext(_ bytes: UnsafeRawBufferPointer) {
        if outbound.readableBytes == 0 { outbound.clear() }
        outbound.writeBytes(bytes)
    }

    // MARK: Handshake

    /// Goes on with the handshake as far as the bytes at hand allow.
    /// - Returns: the outcome when it is complete, nil when more bytes are needed.
    func handshake() throws(TLSError) -> TLSHandshakeCompleted? {
        TLSErrorQueue.clear()
        let status = SSL_do_handshake(ssl)
        if status == 1 { return try completed() }
        if SSL_get_error(ssl, status) == SSL_ERROR_WANT_READ { return nil }
        throw refine(TLSErrorQueue.drain(.protocolViolation, doing: "handshake"))
    }

    private func completed() throws(TLSError) -> TLSHandshakeCompleted {
        let name = selectedProtocol()
        if policy.isProtocolRequired, name == nil {
            throw TLSError(.protocolMismatch, "the peer named no application protocol")
        }
        let peer = try peerIdentity()
        if let expectedPeer, peer != expectedPeer {
            let found = peer.map(\.description) ?? "nobody"
            throw TLSError(.identityRefused, "expected \(expectedPeer), found \(found)")
        }
        return TLSHandshakeCompleted(peer: peer, applicationProtocol: name)
    }

    private func selectedProtocol() -> String? {
        var bytes: UnsafePointer<UInt8>?
        var byteCount: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &bytes, &byteCount)
        guard byteCount > 0 else { return nil }
        return String(
            decoding: UnsafeBufferPointer(start: bytes, count: Int(byteCount)), as: UTF8.self)
    }

    private func peerIdentity() throws(TLSError) -> PeerIdentity? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else {
            guard policy.isPeerCertificateRequired else { return nil }
            throw TLSError(.certificateMissing, "the peer showed no certificate")
        }
        defer { X509_free(certificate) }
        return try PeerIdentity(certificate: certificate)
    }

    /// Adds why the chain was refused, which OpenSSL keeps apart from its queue.
    private func refine(_ error: TLSError) -> TLSError {
        guard error.code == .untrustedPeer else { return error }
        let text = X509_verify_cert_error_string(SSL_get_verify_result(ssl))
        return TLSError(.untrustedPeer, text.map { String(cString: $0) } ?? error.reason)
    }

    // MARK: Plain text

    /// Decrypts all that has come into `plain`.
    func read(into plain: inout ByteBuffer) throws(TLSError) -> ReadOutcome {
        TLSErrorQueue.clear()
        while true {
            var count = 0
            var status: Int32 = 0
            // One record at a time, so the room asked for is never more than one record's.
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: TLSLimits.recordByteCountMax) {
                target in
                status = SSL_read_ex(ssl, target.baseAddress, target.count, &count)
                return count
            }
            if status == 1 {
                if inbound.readableBytes == 0, SSL_pending(ssl) == 0 { return .drained }
                continue
            }
            switch SSL_get_error(ssl, status) {
            case SSL_ERROR_WANT_READ: return .drained
            case SSL_ERROR_ZERO_RETURN: return .endOfStream
            default: throw refine(TLSErrorQueue.drain(.protocolViolation, doing: "reading"))
            }
        }
    }

    /// Encrypts all of `plain`; the ciphertext waits in `takeOutbound`.
    func write(_ plain: ByteBuffer) throws(TLSError) {
        TLSErrorQueue.clear()
        var offset = plain.readerIndex
        while offset < plain.writerIndex {
            var count = 0
            let status = plain.withUnsafeReadableBytes { source in
                let rest = UnsafeRawBufferPointer(rebasing: source[(offset - plain.readerIndex)...])
                return SSL_write_ex(ssl, rest.baseAddress, rest.count, &count)
            }
            guard status == 1 else { throw TLSErrorQueue.drain(.closed, doing: "writing") }
            offset += count
        }
    }

    /// Says close_notify; the peer may still send.
    func shutdown() {
        TLSErrorQueue.clear()
        _ = SSL_shutdown(ssl)
        TLSErrorQueue.clear()
    }

    /// Asks the peer to change its keys with us; for tests, and harmless at any time.
    func updateKeys() throws(TLSError) {
        guard SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 else {
            throw TLSErrorQueue.drain(.protocolViolation, doing: "updating keys")
        }
    }
}
