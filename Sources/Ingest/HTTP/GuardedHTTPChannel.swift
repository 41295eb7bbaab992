// SPDX-License-Identifier: MIT
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Orders
import SecureTransport

/// A connection of customers: TLS where configured, HTTP/1.1, cut off when it is slow or stuck.
struct GuardedHTTPChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let tls: TLSContext?
    let connections: ConnectionBook
    let limits: OrderServer.Limits

    /// What the peer's machine has not acknowledged in so many milliseconds ends the connection
    /// (`TCP_USER_TIMEOUT`): one that has vanished holds nothing for longer.
    private static let userTimeout: CInt = 18

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let (tls, connections) = (tls, connections)
        let request = TimeAmount.nanoseconds(limits.request.wholeNanoseconds)
        let unread = TimeAmount.nanoseconds(limits.unread.wholeNanoseconds)
        return channel.setOption(
            ChannelOptions.Types.SocketOption(
                level: .init(6), name: .init(Self.userTimeout)),
            value: .init(unread.nanoseconds / 1_000_000)
        ).flatMapThrowing {
            try channel.pipeline.syncOperations.addHandler(UnreadClock(limit: unread))
            if let tls {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(context: tls))
            }
            try channel.pipeline.syncOperations.addHandler(
                RequestClock(book: connections, limit: request))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
