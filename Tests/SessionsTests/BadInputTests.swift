// SPDX-License-Identifier: MIT

import NIOCore
import NIOPosix
import Sessions
import TestSupport
import Testing
import Wire

/// Peers that break the rules: a typed refusal each, and the next session is served as if nothing
/// had been.
@Suite(.timeLimit(.minutes(2))) struct BadInputTests {
    /// What the server answers to bytes, after HELLO or instead of it.
    private func refusal(
        afterHello isGreeted: Bool = true, limits: SessionLimits = .init(), of bytes: ByteBuffer
    ) async throws -> WireErrorCode? {
        let fixture = try await SessionFixture(limits: limits)
        let peer = try await fixture.rawPeer()
        if isGreeted { try await peer.greet() }
        peer.send(bytes)
        let code = try await peer.nextRefusal()
        if code?.isFatal == true { try await peer.ended() }
        await peer.close()
        try await fixture.withConnection { try await $0.publish("unharmed") }
        return code
    }

    private func frame(
        opcode: UInt16 = Opcode.ping.rawValue, flags: UInt8 = 0, checksum: UInt32? = nil,
        body: ByteBuffer = ByteBuffer(bytes: [UInt8](repeating: 0, count: 8))
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        Frame.append(
            RawBody(bytes: body), header: FrameHeader(opcode: opcode, correlation: 9), to: &buffer)
        buffer.setInteger(flags, at: 5)
        if let checksum { buffer.setInteger(checksum, at: 36, endianness: .little) }
        return buffer
    }

    @Test func `a request before HELLO`() async throws {
        #expect(try await refusal(afterHello: false, of: frame()) == .helloRequired)
    }

    @Test func `a first frame of more than a KiB`() async throws {
        let long = frame(body: ByteBuffer(repeating: 0, count: 2000))
        #expect(try await refusal(afterHello: false, of: long) == .frameTooLong)
    }

    @Test func `another HELLO`() async throws {
        #expect(try await refusal(of: frame(opcode: Opcode.hello.rawValue)) == .helloRequired)
    }

    @Test func `a HELLO with another magic`() async throws {
        var body = ByteBuffer()
        Hello(
            magic: 1, versionMin: 1, versionMax: 1, features: 0, frameByteCountMax: 65536,
            inFlightMax: 1, name: ""
        ).write(to: &body)
        let hello = frame(opcode: Opcode.hello.rawValue, body: body)
        #expect(try await refusal(afterHello: false, of: hello) == .unsupportedVersion)
    }

    @Test func `a length over the limit, before its bytes come`() async throws {
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt32(WireLimits.frameByteCountMax + 1), endianness: .little)
        #expect(try await refusal(of: bytes) == .frameTooLong)
    }

    @Test func `a length without room for a header`() async throws {
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt32(12), endianness: .little)
        #expect(try await refusal(of: bytes) == .badFrame)
    }

    @Test func `a checksum of something else`() async throws {
        #expect(try await refusal(of: frame(checksum: 1)) == .badChecksum)
    }

    @Test func `flags that do not exist`() async throws {
        #expect(try await refusal(of: frame(flags: 0x80)) == .badFrame)
    }

    @Test(arguments: [UInt32.max, 20_000_000, 4096])
    func `a compressed body that lies about its plain length`(_ claim: UInt32) async throws {
        var body = ByteBuffer()
        body.writeInteger(claim, endianness: .little)
        body.writeBytes([0x00, 0x00, 0x00])
        #expect(try await refusal(of: frame(flags: 1, body: body)) == .badCompression)
    }

    @Test func `an opcode that does not exist ends nothing`() async throws {
        let fixture = try await SessionFixture()
        let peer = try await fixture.rawPeer()
        try await peer.greet()
        peer.send(frame(opcode: 0x7FFF))
        #expect(try await peer.nextRefusal() == .unknownOpcode)
        peer.send(Ping(token: 42), correlation: 10)
        let pong = try await peer.nextFrame()
        #expect(pong.header.correlation == 10)
        #expect(try Pong(body: pong.body).token == 42)
        await peer.close()
    }

    @Test func `a body that ends within a field ends nothing`() async throws {
        let short = frame(opcode: Opcode.publish.rawValue, body: ByteBuffer(bytes: [255, 0, 1]))
        #expect(try await refusal(of: short) == .badMessage)
    }

    @Test func `more requests in flight than allowed`() async throws {
        var limits = SessionLimits()
        limits.inFlightMax = 3
        let fixture = try await SessionFixture(limits: limits)
        let peer = try await fixture.rawPeer()
        #expect(try await peer.greet().inFlightMax == 3)
        for correlation in 1...4 {
            let message = ProbeService.envelope(ByteBuffer())
            peer.send(Publish(queue: "hold", message: message), correlation: UInt64(correlation))
        }
        #expect(try await peer.nextRefusal() == .tooManyInFlight)
        await peer.close()
    }

    @Test func `silence instead of HELLO`() async throws {
        var limits = SessionLimits()
        limits.helloDuration = .milliseconds(20)
        #expect(try await refusal(afterHello: false, limits: limits, of: ByteBuffer()) == .idle)
    }

    @Test func `silence after HELLO`() async throws {
        var limits = SessionLimits()
        limits.idleDuration = .milliseconds(300)
        limits.pingInterval = .milliseconds(100)
        #expect(try await refusal(limits: limits, of: ByteBuffer()) == .idle)
    }

    @Test func `a peer that does not read is cut off`() async throws {
        var limits = SessionLimits()
        limits.outboundByteCountMax = 1_000_000
        let fixture = try await SessionFixture(limits: limits)
        let peer = try await fixture.rawPeer()
        try await peer.greet()
        try await peer.stopReading()
        let message = ProbeService.envelope(ByteBuffer())
        peer.send(Publish(queue: "flood", message: message), correlation: 1)
        #expect(await fixture.sawEnd() == .closed)
        await peer.close()
    }

    /// The write that fails tells of it before it returns, in the middle of what the service does.
    @Test func `a peer that is gone while it is written to ends its own session alone`()
        async throws
    {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let fixture = try await SessionFixture(serving: group)
        let peer = try await fixture.rawPeer()
        try await peer.greet()
        let message = ProbeService.envelope(ByteBuffer())
        peer.send(Publish(queue: "late flood", message: message), correlation: 1)
        await fixture.saw(.published(queue: "late flood", byteCount: 0))
        // Read only by the write that fails.
        peer.send(Publish(queue: "late request", message: message), correlation: 2)
        try await peer.reset()
        fixture.held.letFlood()
        #expect(await fixture.sawEnd() == .closed)
        try await fixture.withConnection { try await $0.publish("unharmed") }
        await fixture.listener.drain(grace: .zero)
        try await group.shutdownGracefully()
    }

    @Test func `a plain-text client is cut off`() async throws {
        let fixture = try await SessionFixture()
        let peer = try await RawPeer.connect(port: fixture.listener.port, tls: nil)
        peer.send(frame())
        try await peer.ended()
        try await fixture.withConnection { try await $0.publish("unharmed") }
    }
}

/// A body of any bytes; the header's opcode is given apart.
private struct RawBody: WireMessage {
    static var opcode: Opcode { .ping }
    let bytes: ByteBuffer

    init(bytes: ByteBuffer) { self.bytes = bytes }

    init(from reader: inout WireReader) throws(WireError) { bytes = ByteBuffer() }

    func write(to buffer: inout ByteBuffer) { buffer.writeImmutableBuffer(bytes) }
}
