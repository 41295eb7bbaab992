// SPDX-License-Identifier: MIT
import NIOCore

/// A server that knows nothing above TLS 1.2, as far as its first answer: a client of the mesh says an
/// alert, or closes; one that would speak TLS 1.2 waits for more.
final class OldTLSHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: GoldenConnection
    private var buffer = ByteBuffer()
    private var silence: Scheduled<Void>?

    /// Ends well before the client's own deadline does.
    private static let silenceMax = TimeAmount.seconds(3)
    /// Records: RFC 5246, section 6.2.1.
    private static let alertRecord: UInt8 = 21
    private static let handshakeRecord: UInt8 = 22
    private static let recordHeaderByteCount = 5
    /// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, which every client of TLS 1.2 takes.
    private static let cipherSuite: UInt16 = 0xC02F

    /// The empty extension of RFC 5746, without which OpenSSL goes on with nobody.
    private static let renegotiationInfo: [UInt8] = [0xFF, 0x01, 0x00, 0x01, 0x00]

    init(_ connection: GoldenConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        while let record = nextRecord() {
            switch record {
            case Self.alertRecord: context.close(promise: nil)
            case Self.handshakeRecord where silence == nil:
                watchSilence(context.eventLoop)
                context.writeAndFlush(wrapOutboundOut(Self.serverHello()), promise: nil)
            default: connection.deeds.put(.breach("the client goes on with TLS 1.2"))
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        silence?.cancel()
        connection.deeds.end()
    }

    /// Whoever neither closes nor sends an alert waits for the certificate.
    private func watchSilence(_ eventLoop: any EventLoop) {
        silence = eventLoop.assumeIsolated().scheduleTask(in: Self.silenceMax) {
            self.connection.deeds.put(.breach("the client goes on with TLS 1.2"))
        }
    }

    /// Takes a whole record off the front; its type.
    private func nextRecord() -> UInt8? {
        guard let type = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
            let length = buffer.getInteger(at: buffer.readerIndex + 3, as: UInt16.self),
            buffer.readableBytes >= Self.recordHeaderByteCount + Int(length)
        else { return nil }
        buffer.moveReaderIndex(forwardBy: Self.recordHeaderByteCount + Int(length))
        return type
    }

    /// A ServerHello of TLS 1.2 in a record of its own: RFC 5246, section 7.4.1.3.
    private static func serverHello() -> ByteBuffer {
        var hello = ByteBuffer()
        hello.writeInteger(UInt16(0x0303))
        hello.writeRepeatingByte(0x5A, count: 32)
        hello.writeInteger(UInt8(0))
        hello.writeInteger(cipherSuite)
        hello.writeInteger(UInt8(0))
        hello.writeInteger(UInt16(renegotiationInfo.count))
        hello.writeBytes(renegotiationInfo)
        var record = ByteBuffer()
        record.writeInteger(handshakeRecord)
        record.writeInteger(UInt16(0x0303))
        record.writeInteger(UInt16(hello.readableBytes + 4))
        // Type 2, and a length of three bytes.
        record.writeInteger(UInt32(0x0200_0000) | UInt32(hello.readableBytes))
        record.writeBuffer(&hello)
        return record
    }
}
