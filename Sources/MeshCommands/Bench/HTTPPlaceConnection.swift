// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix

/// What one connection places over HTTP, one order after the other. Confined to its loop.
protocol HTTPOrders {
    /// The next order's JSON; nil when there is none.
    mutating func next() -> String?

    /// Hears of each answer.
    func answered(status: String, body: ByteBufferView, begun: NIODeadline)
}

/// The same order again and again, each under a key of its own.
struct RepeatedHTTPOrder: HTTPOrders {
    private let run = String(UInt64.random(in: 0 ... .max), radix: 16)
    private var number = 0

    mutating func next() -> String? {
        number += 1
        return """
            {"action":"place_order","customer_id":"cust-123","items":[{"product_id":"PROD-001",\
            "quantity":2,"price":10.0}],"tenant_id":"bench","idempotency_key":"\(run)-\(number)"}
            """
    }

    func answered(status: String, body: ByteBufferView, begun: NIODeadline) {}
}

/// One keep-alive connection that places an order, waits for the answer, and places the next one.
/// Confined to its loop.
final class HTTPPlaceConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Nil while nothing is measured.
    var sample: BenchSample?
    private var orders: any HTTPOrders
    private var begin = NIODeadline.now()
    private var unread = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var isStopping = false

    private static let lengthField = Array("Content-Length: ".utf8)
    private static let statusOffset = "HTTP/1.1 ".utf8.count

    private init(_ orders: any HTTPOrders) { self.orders = orders }

    /// - Parameter orders: called on the loop.
    static func open(
        port: Int, on loop: any EventLoop,
        orders: @escaping @Sendable () -> any HTTPOrders = { RepeatedHTTPOrder() }
    ) -> EventLoopFuture<NIOLoopBound<HTTPPlaceConnection>> {
        loop.submit {
            NIOLoopBound(HTTPPlaceConnection(orders()), eventLoop: loop)
        }.flatMap { bound in
            ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(bound.value)
                    }
                }
                .connect(host: "127.0.0.1", port: port).map { _ in bound }
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func start() { send() }

    func stop() {
        isStopping = true
        context?.close(promise: nil)
    }

    private func send() {
        guard let context, !isStopping, let body = orders.next() else { return }
        let head = """
            POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.utf8.count)\r\n\r\n
            """
        begin = .now()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head + body)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        unread.writeBuffer(&bytes)
        guard let (status, body) = takeAnswer() else { return }
        orders.answered(status: status, body: body, begun: begin)
        if status == "202" {
            sample?.record((NIODeadline.now() - begin).nanoseconds / 1000)
        } else {
            sample?.errorCount += 1
        }
        send()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        sample?.errorCount += 1
        context.close(promise: nil)
    }

    /// Takes one whole answer out of what was read; nil when it is not all there.
    /// - Returns: its status and its body.
    private func takeAnswer() -> (status: String, body: ByteBufferView)? {
        let bytes = unread.readableBytesView
        var rest = bytes
        var length: Int?
        var isHeadWhole = false
        while !isHeadWhole, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end].dropLast()
            rest = rest[(end + 1)...]
            isHeadWhole = line.isEmpty
            guard line.starts(with: Self.lengthField) else { continue }
            length = Int(String(decoding: line.dropFirst(Self.lengthField.count), as: UTF8.self))
        }
        guard isHeadWhole, let length, rest.count >= length else { return nil }
        let status = String(decoding: bytes.dropFirst(Self.statusOffset).prefix(3), as: UTF8.self)
        let body = rest.prefix(length)
        unread.clear()
        return (status, body)
    }
}
