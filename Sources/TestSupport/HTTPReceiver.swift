// SPDX-License-Identifier: MIT

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A real HTTP server on a port of this machine that answers as a test says and keeps what it got.
package final class HTTPReceiver: Sendable {
    package struct Request: Sendable {
        package let method: String
        package let path: String
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        /// The first header of that name, case ignored.
        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    package enum Answer: Sendable {
        case respond(Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [])
        /// The same once the gate is open.
        case respondBehind(Gate, Int)
        /// Whenever the test says so, by what it is given here.
        case later(@Sendable (Reply) -> Void)
        /// An answer without end, a byte at a time.
        case trickle
        /// The connection stays open and silent.
        case silence
        /// The connection is closed without an answer.
        case hangUp
    }

    /// Answers one request, once.
    package struct Reply: Sendable {
        fileprivate let channel: any Channel

        package func respond(
            _ status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []
        ) {
            channel.eventLoop.execute { Handler.respond(status, headers, body, on: channel) }
        }

        /// Whether somebody still waits for the answer.
        package var isWanted: Bool { channel.isActive }
    }

    private struct State {
        var requests: [Request] = []
        var connectionCount = 0
    }

    private let state = Mutex(State())
    private let answer: @Sendable (Request) -> Answer
    private let arrivals: AsyncStream<Request>
    private let arrived: AsyncStream<Request>.Continuation
    private let channel = Mutex<(any Channel)?>(nil)

    /// Listens on any free port of the loopback interface.
    package init(answer: @escaping @Sendable (Request) -> Answer) async throws {
        self.answer = answer
        (arrivals, arrived) = AsyncStream.makeStream()
        let bound = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    package var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { state.withLock { $0.requests } }
    package var connectionCount: Int { state.withLock { $0.connectionCount } }

    /// Waits for the next request that no earlier call has returned.
    package func next() async -> Request? { await arrivals.first { _ in true } }

    package func stop() async throws {
        arrived.finish()
        try await channel.withLock { $0 }?.close()
    }

    private func receive(_ request: Request) -> Answer {
        state.withLock { $0.requests.append(request) }
        arrived.yield(request)
        return answer(request)
    }

    fileprivate final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: HTTPReceiver
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ receiver: HTTPReceiver) { self.receiver = receiver }

        func channelActive(context: ChannelHandlerContext) {
            receiver.state.withLock { $0.connectionCount += 1 }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let part): body.append(contentsOf: part.readableBytesView)
            case .end: finish(context)
            }
        }

        private func finish(_ context: ChannelHandlerContext) {
            guard let head else { return }
            let headers = head.headers.map { (name: $0.name, value: $0.value) }
            let request = Request(
                method: head.method.rawValue, path: head.uri, headers: headers, body: body)
            switch receiver.receive(request) {
            case .silence: break
            case .hangUp: context.close(promise: nil)
            case .respond(let status, let headers, let body):
                Self.respond(status, headers, body, on: context.channel)
            case .respondBehind(let gate, let status):
                let channel = context.channel
                gate.whenOpen { Self.respond(status, [], [], on: channel) }
            case .later(let take): take(Reply(channel: context.channel))
            case .trickle: Self.trickle(on: context.channel)
            }
        }

        fileprivate static func respond(
            _ status: Int, _ headers: [(name: String, value: String)], _ body: [UInt8],
            on channel: any Channel
        ) {
            var fields = HTTPHeaders(headers.map { ($0.name, $0.value) })
            fields.replaceOrAdd(name: "content-length", value: String(body.count))
            let head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(
                HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }

        private static func trickle(on channel: any Channel) {
            let head = HTTPResponseHead(
                version: .http1_1, status: .ok, headers: ["content-length": "65000"])
            channel.writeAndFlush(HTTPServerResponsePart.head(head), promise: nil)
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) {
                task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(
                    HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: "."))), promise: nil)
            }
        }
    }
}
