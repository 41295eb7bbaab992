// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import Sessions
import Wire

/// One connection of a benchmark, and what it does there: what one read brought is answered by one
/// write. Latencies end at the moment after a burst is read.
final class BenchConnection<Script: BenchScript>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var script: Script
    private let opened: EventLoopPromise<NIOLoopBound<BenchConnection>>
    private var context: ChannelHandlerContext?
    private var unread = ByteBuffer()
    private var unsent = ByteBuffer()
    private var isStopping = false

    private init(_ script: Script, opened: EventLoopPromise<NIOLoopBound<BenchConnection>>) {
        self.script = script
        self.opened = opened
    }

    /// Connects, secures, greets.
    ///
    /// - Parameter makeScript: called on the loop.
    static func open(
        to endpoint: MeshEndpoint, tls: TLSContext, on loop: any EventLoop,
        makeScript: @escaping @Sendable () -> Script
    ) -> EventLoopFuture<NIOLoopBound<BenchConnection>> {
        let opened = loop.makePromise(of: NIOLoopBound<BenchConnection>.self)
        ClientSession.bootstrap(on: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSHandler(context: tls), BenchConnection(makeScript(), opened: opened))
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .whenFailure { opened.fail($0) }
        return opened.futureResult
    }

    /// Lets the script begin.
    func start() { act { $0.start(at: .now(), into: &$1) } }

    /// Lets the script do something unasked, and sends what it has to say.
    func act(_ body: (inout Script, inout ByteBuffer) -> Void) {
        prepare(body)
        flush()
    }

    /// Lets the script do something unasked, and keeps what it has to say until `flush`.
    func prepare(_ body: (inout Script, inout ByteBuffer) -> Void) { body(&script, &unsent) }

    /// Sends all that was said, with one write.
    func flush() {
        guard let context, unsent.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(unsent), promise: nil)
        unsent.clear()
    }

    /// Sends nothing any more, and closes.
    func stop() {
        isStopping = true
        script.stop()
        context?.close(promise: nil)
    }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        opened.fail(CommandError("the daemon closed the connection"))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is TLSHandshakeCompleted else { return }
        Frame.append(
            Hello.ours(named: "bench"),
            header: FrameHeader(opcode: Hello.opcode.rawValue, correlation: 1), to: &unsent)
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if unread.readableBytes > 0 {
            unread.writeBuffer(&bytes)
            bytes = unread
        }
        let now = NIODeadline.now()
        let taken = bytes.withUnsafeReadableBytes { receive($0, at: now) }
        bytes.moveReaderIndex(forwardBy: taken)
        unread = bytes.readableBytes > 0 ? ByteBuffer(buffer: bytes) : ByteBuffer()
    }

    func channelReadComplete(context: ChannelHandlerContext) { flush() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        opened.fail(error)
        if !isStopping { script.sample?.errorCount += 1 }
        context.close(promise: nil)
    }

    private func receive(_ bytes: UnsafeRawBufferPointer, at now: NIODeadline) -> Int {
        var offset = 0
        while let (frame, byteCount) = FrameView.first(of: .init(rebasing: bytes[offset...])) {
            let whole = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + byteCount])
            offset += byteCount
            if frame.opcode == Opcode.helloOK.rawValue, let context {
                opened.succeed(NIOLoopBound(self, eventLoop: context.eventLoop))
            } else if frame.flags.contains(.compressed) {
                receiveCompressed(whole, at: now)
            } else {
                script.receive(frame, at: now, into: &unsent)
            }
        }
        return offset
    }

    private func receiveCompressed(_ bytes: UnsafeRawBufferPointer, at now: NIODeadline) {
        do throws(FrameError) {
            try FrameView.withPlain(bytes) { script.receive($0, at: now, into: &unsent) }
        } catch {
            script.sample?.errorCount += 1
        }
    }
}
