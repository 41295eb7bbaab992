// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import Synchronization

/// A TCP proxy that breaks exchanges at a byte that a test names: one fault for each request of one
/// method, in the sequence in which they come; all others pass.
final class CuttingProxy: Sendable {
    enum Side: Sendable { case request, response }

    enum Manner: Sendable {
        /// Both connections are closed.
        case cut
        /// Nothing more passes, and nobody is told.
        case stall
    }

    struct Fault: Sendable {
        let side: Side
        /// Bytes of that side that still pass.
        let byteCount: Int
        let manner: Manner
    }

    /// What passed on each side since the last request of the method began.
    struct Traffic: Sendable, Equatable {
        var request = 0
        var response = 0
    }

    private struct State {
        var faults: [Fault] = []
        var firedCount = 0
        var traffic = Traffic()
    }

    private let state = Mutex(State())
    private let method: [UInt8]
    private let channel = Mutex<(any Channel)?>(nil)

    /// - Parameters:
    ///   - port: of this machine, where whole exchanges end.
    ///   - method: whose requests break.
    init(to port: Int, method: String) async throws {
        self.method = Array((method + " ").utf8)
        let bound = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { [self] inbound in
                ClientBootstrap(group: inbound.eventLoop)
                    .connect(host: "127.0.0.1", port: port)
                    .flatMapThrowing { outbound in
                        let exchange = Exchange(self)
                        try inbound.pipeline.syncOperations.addHandler(
                            Relay(.request, exchange, to: outbound))
                        try outbound.pipeline.syncOperations.addHandler(
                            Relay(.response, exchange, to: inbound))
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    var url: String {
        "http://127.0.0.1:\(channel.withLock { $0?.localAddress?.port ?? 0 })"
    }

    /// How many faults have broken something.
    var firedCount: Int { state.withLock { $0.firedCount } }
    /// Faults for which no request has come.
    var waitingCount: Int { state.withLock { $0.faults.count } }
    var traffic: Traffic { state.withLock { $0.traffic } }

    func arm(_ faults: [Fault]) { state.withLock { $0.faults += faults } }

    func stop() async throws { try await channel.withLock { $0 }?.close() }

    private func next() -> Fault? {
        state.withLock { state in
            state.traffic = Traffic()
            return state.faults.isEmpty ? nil : state.faults.removeFirst()
        }
    }

    private func passed(_ count: Int, _ side: Side) {
        state.withLock { state in
            switch side {
            case .request: state.traffic.request += count
            case .response: state.traffic.response += count
            }
        }
    }

    private func fired() { state.withLock { $0.firedCount += 1 } }

    /// What is under way on one pair of connections; of their one event loop.
    private final class Exchange {
        let proxy: CuttingProxy
        private var fault: Fault?
        private var isBroken = false

        init(_ proxy: CuttingProxy) { self.proxy = proxy }

        /// How many of the bytes may pass, and what comes after them.
        func pass(_ bytes: ByteBuffer, _ side: Side) -> (count: Int, then: Manner?) {
            guard !isBroken else { return (0, nil) }
            let count = bytes.readableBytes
            if side == .request, bytes.readableBytesView.starts(with: proxy.method) {
                fault = proxy.next()
            }
            proxy.passed(count, side)
            guard let fault, fault.side == side else { return (count, nil) }
            guard count >= fault.byteCount else {
                self.fault = Fault(
                    side: side, byteCount: fault.byteCount - count, manner: fault.manner)
                return (count, nil)
            }
            isBroken = true
            proxy.fired()
            return (fault.byteCount, fault.manner)
        }
    }

    private final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let side: Side
        private let exchange: Exchange
        private let partner: any Channel

        init(_ side: Side, _ exchange: Exchange, to partner: any Channel) {
            self.side = side
            self.exchange = exchange
            self.partner = partner
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            let (count, manner) = exchange.pass(bytes, side)
            guard let part = bytes.readSlice(length: count) else { return }
            let written = partner.writeAndFlush(part)
            guard manner == .cut else { return }
            let (own, partner) = (context.channel, partner)
            written.whenComplete { _ in
                partner.close(promise: nil)
                own.close(promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { partner.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
