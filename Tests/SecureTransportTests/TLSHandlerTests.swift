// SPDX-License-Identifier: MIT

import NIOCore
import SecureTransport
import Testing

@Suite(.timeLimit(.minutes(2))) struct TLSHandlerTests {
    let fixture: TLSFixture

    init() throws { fixture = try TLSFixture() }

    @Test func `both sides learn who the other is and which protocol is spoken`() async throws {
        let (listener, accepted) = try await fixture.listen(try fixture.server())
        let client = try await fixture.connect(
            to: listener, try fixture.client(), expecting: .service("brokerd"))
        let server = try await accepted.first()
        let seenByClient = try await client.handshake.get()
        let seenByServer = try await server.handshake.get()
        #expect(seenByClient.peer == .service("brokerd"))
        #expect(seenByServer.peer == .tenant("acme"))
        #expect(seenByServer.applicationProtocol == "order-mesh/1")
        try await client.channel.close().get()
        try await listener.close().get()
    }

    @Test func `a megabyte in small writes arrives whole and in order, then half-close is seen`()
        async throws
    {
        let (listener, accepted) = try await fixture.listen(try fixture.server())
        let client = try await fixture.connect(to: listener, try fixture.client())
        let server = try await accepted.first()
        let chunk = ByteBuffer(bytes: (0..<1000).map { UInt8(truncatingIfNeeded: $0) })
        for _ in 0..<1000 { client.channel.write(chunk, promise: nil) }
        try await client.channel.writeAndFlush(ByteBuffer(string: "end")).get()
        try await client.channel.close(mode: .output).get()
        let bytes = try await server.received.get()
        #expect(bytes.count == 1_000_003)
        #expect(bytes.suffix(3) == Array("end".utf8))
        // The other direction still works.
        try await server.channel.writeAndFlush(ByteBuffer(string: "late answer")).get()
        try await server.channel.close().get()
        #expect(try await client.received.get() == Array("late answer".utf8))
        try await listener.close().get()
    }

    @Test func `a peer's change of keys is harmless`() async throws {
        let (listener, accepted) = try await fixture.listen(try fixture.server())
        let client = try await fixture.connect(to: listener, try fixture.client())
        let server = try await accepted.first()
        _ = try await client.handshake.get()
        try await client.channel.writeAndFlush(ByteBuffer(string: "before ")).get()
        try await client.channel.pipeline.handler(type: TLSHandler.self).map { handler in
            #expect(throws: Never.self) { try handler.updateKeys() }
        }.get()
        try await client.channel.writeAndFlush(ByteBuffer(string: "after")).get()
        try await client.channel.close(mode: .output).get()
        #expect(try await server.received.get() == Array("before after".utf8))
        try await server.channel.close().get()
        try await listener.close().get()
    }

    @Test func `reloaded certificates serve new connections without a restart`() async throws {
        let context = try fixture.server()
        let (listener, _) = try await fixture.listen(context)
        let before = try await fixture.connect(
            to: listener, try fixture.client(), expecting: .service("brokerd"))
        _ = try await before.handshake.get()
        let request = CertificateAuthority.Request(
            identity: .service("ratelimitd"), name: "brokerd")
        try fixture.authority.issue(request, to: fixture.directory)
        try context.reload()
        let after = try await fixture.connect(
            to: listener, try fixture.client(), expecting: .service("ratelimitd"))
        #expect(try await after.handshake.get().peer == .service("ratelimitd"))
        try await before.channel.close().get()
        try await after.channel.close().get()
        try await listener.close().get()
    }

    @Test func `an HTTPS client needs neither a certificate nor a protocol`() async throws {
        let (listener, accepted) = try await fixture.listen(try fixture.server(.https))
        let files = try fixture.files(.tenant("acme"))
        let policy = TLSPolicy(
            protocols: ["http/1.1"], isProtocolRequired: false, isPeerCertificateRequired: true)
        let client = try await fixture.connect(
            to: listener, try TLSContext(role: .client, files: files, policy: policy))
        #expect(try await accepted.first().handshake.get().applicationProtocol == "http/1.1")
        try await client.channel.close().get()
        try await listener.close().get()
    }
}
