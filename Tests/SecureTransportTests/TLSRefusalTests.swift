// SPDX-License-Identifier: MIT

import NIOCore
import SecureTransport
import Testing

/// Peers that must not get in: each meets a typed failure, and the listener stays as it was.
@Suite(.timeLimit(.minutes(2))) struct TLSRefusalTests {
    let fixture: TLSFixture

    init() throws { fixture = try TLSFixture() }

    /// What the server says about a client of this context, or about bytes of plain text.
    private func refusal(_ context: TLSContext?, bytes: [UInt8] = []) async throws -> TLSError {
        let (listener, accepted) = try await fixture.listen(try fixture.server())
        let client = try await fixture.connect(to: listener, context)
        let server = try await accepted.first()
        if !bytes.isEmpty { try await client.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }
        let error = try await server.failure.get()
        client.channel.close(promise: nil)
        let good = try await fixture.connect(to: listener, try fixture.client())
        #expect(try await good.handshake.get().peer == .service("brokerd"), "unharmed")
        good.channel.close(promise: nil)
        try await listener.close().get()
        return error
    }

    @Test func `a stranger's certificate is not trusted`() async throws {
        let stranger = try TLSFixture()
        let own = try stranger.files(.tenant("acme"))
        let files = TLSFiles(
            certificate: own.certificate, privateKey: own.privateKey,
            trustRoots: fixture.directory + "/ca.pem")
        let error = try await refusal(try TLSContext(role: .client, files: files))
        #expect(error.code == .untrustedPeer)
    }

    @Test func `a client does not trust a stranger's server`() async throws {
        let stranger = try TLSFixture()
        let (listener, _) = try await stranger.listen(try stranger.server())
        let client = try await fixture.connect(to: listener, try fixture.client())
        #expect(try await client.failure.get().code == .untrustedPeer)
        try await listener.close().get()
    }

    @Test func `the wrong service behind the right root is refused`() async throws {
        let (listener, _) = try await fixture.listen(try fixture.server())
        let client = try await fixture.connect(
            to: listener, try fixture.client(), expecting: .service("ratelimitd"))
        #expect(try await client.failure.get().code == .identityRefused)
        try await listener.close().get()
    }

    @Test func `a client that offers another protocol is refused`() async throws {
        let policy = TLSPolicy(
            protocols: ["h2"], isProtocolRequired: false, isPeerCertificateRequired: true)
        #expect(try await refusal(try fixture.client(policy)).code == .protocolMismatch)
    }

    @Test func `a TLS 1.2 client is refused`() async throws {
        let error = try await refusal(nil, bytes: Self.helloOfTLS12)
        #expect(error.code == .unsupportedVersion)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{10}\u{0}\u{0}\u{0}not a handshake at all",
    ])
    func `plain text is named as such`(_ text: String) async throws {
        #expect(try await refusal(nil, bytes: Array(text.utf8)).code == .notTLS)
    }

    @Test func `a handshake cut short is a truncation`() async throws {
        let (listener, accepted) = try await fixture.listen(try fixture.server())
        let client = try await fixture.connect(to: listener, nil)
        let server = try await accepted.first()
        try await client.channel.writeAndFlush(ByteBuffer(bytes: Self.helloOfTLS12.prefix(20)))
            .get()
        try await client.channel.close().get()
        #expect(try await server.failure.get().code == .truncated)
        try await listener.close().get()
    }

    @Test func `a handshake that never comes is timed out`() async throws {
        let (listener, accepted) = try await fixture.listen(
            try fixture.server(), handshakeDuration: .milliseconds(20))
        let client = try await fixture.connect(to: listener, nil)
        #expect(try await accepted.first().failure.get().code == .handshakeTimedOut)
        client.channel.close(promise: nil)
        try await listener.close().get()
    }

    @Test func `a key that does not fit its certificate is a configuration error`() throws {
        let one = try fixture.files(.service("brokerd"))
        let two = try fixture.files(.service("paymentd"))
        let mixed = TLSFiles(
            certificate: one.certificate, privateKey: two.privateKey, trustRoots: one.trustRoots)
        let error = #expect(throws: TLSError.self) { try TLSContext(role: .server, files: mixed) }
        #expect(error?.code == .configuration)
    }

    /// A ClientHello that names 0x0303 and no supported_versions.
    private static let helloOfTLS12: [UInt8] = {
        let suites: [UInt8] = [0x00, 0x04, 0xC0, 0x2F, 0xC0, 0x2B]
        let groups: [UInt8] = [0x00, 0x0A, 0x00, 0x04, 0x00, 0x02, 0x00, 0x17]
        let signatures: [UInt8] = [0x00, 0x0D, 0x00, 0x04, 0x00, 0x02, 0x04, 0x03]
        let extensions = groups + signatures
        let body: [UInt8] =
            [0x03, 0x03] + [UInt8](repeating: 7, count: 32) + [0] + suites + [1, 0]
            + [0, UInt8(extensions.count)] + extensions
        let message: [UInt8] = [0x01, 0, 0, UInt8(body.count)] + body
        return [0x16, 0x03, 0x01, 0, UInt8(message.count)] + message
    }()
}
