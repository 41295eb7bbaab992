// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import Sessions
import Wire

/// One connection that keeps so many requests in flight: each answer is followed by the next
/// request, and what one read brought is answered by one write.
///
/// Latencies are taken from the moment before a burst is written to the moment after one is read.
final class BenchConnection<Request: BenchRequest>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var request: Request
    private let window: Int
    private let opened: EventLoopPromise<NIOLoopBound<BenchConnection>>
    private var context: ChannelHandlerContext?
    private var unread = ByteBuffer()
    private var unsent = ByteBuffer()
    private var sentCount: UInt64 = 0
    /// When the request in each place of the window was sent.
    private var begins: ContiguousArray<NIODeadline>
    private var isStopping = false
    /// Nil while nothing is measured.
    var sample: BenchSample?

    /// A power of two: a place in the window takes the lower bits of a correlation.
    static var windowMax: Int { 65_536 }

    private init(
        _ request: Request, window: Int, opened: EventLoopPromise<NIOLoopBound<BenchConnection>>
    ) {
        self.request = request
        self.window = window
        self.opened = opened
        begins = .init(repeating: .now(), count: window)
    }

    /// Connects, secures, greets.
    ///
    /// - Parameter makeRequest: called on the loop.
    static func open(
        to endpoint: MeshEndpoint, tls: TLSContext, window: Int, on loop: any EventLoop,
        makeRequest: @escaping @Sendable () -> Request
    ) -> EventLoopFuture<NIOLoopBound<BenchConnection>> {
        let opened = loop.makePromise(of: NIOLoopBound<BenchConnection>.self)
        ClientSession.bootstrap(on: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSHandler(context: tls),
                        BenchConnection(makeRequest(), window: window, opened: opened))
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .whenFailure { opened.fail($0) }
        return opened.futureResult
    }

    /// Fills the window.
    func start() {
        let now = NIODeadline.now()
        for place in 0..<window { send(in: place, at: now) }
        flush()
    }

    /// Sends nothing any more, and closes.
    func stop() {
        isStopping = true
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

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        opened.fail(error)
        if !isStopping { sample?.errorCount += window }
        context.close(promise: nil)
    }

    // MARK: - Frames

    private func receive(_ bytes: UnsafeRawBufferPointer, at now: NIODeadline) -> Int {
        var offset = 0
        while let (frame, byteCount) = FrameView.first(of: .init(rebasing: bytes[offset...])) {
            offset += byteCount
            if frame.opcode == Opcode.helloOK.rawValue, let context {
                opened.succeed(NIOLoopBound(self, eventLoop: context.eventLoop))
            } else if frame.correlation != 0 {
                answered(frame, at: now)
            }
        }
        return offset
    }

    private func answered(_ frame: FrameView, at now: NIODeadline) {
        let place = Int(frame.correlation & UInt64(Self.windowMax - 1))
        guard place < window else { return }
        if request.isSuccess(frame) {
            sample?.record((now - begins[place]).nanoseconds / 1000)
        } else {
            sample?.errorCount += 1
        }
        if !isStopping { send(in: place, at: now) }
    }

    /// The correlation tells the place, since answers may come in any order; its upper part is
    /// never zero, nor that of a request before.
    private func send(in place: Int, at now: NIODeadline) {
        sentCount += 1
        begins[place] = now
        request.append(
            to: &unsent, correlation: sentCount * UInt64(Self.windowMax) + UInt64(place))
    }

    private func flush() {
        guard let context, unsent.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(unsent), promise: nil)
        unsent.clear()
    }
}
