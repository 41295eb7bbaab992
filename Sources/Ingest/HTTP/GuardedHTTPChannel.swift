// SPDX-License-Identifier: MIT
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import SecureTransport

/// A connection of customers: TLS where configured, HTTP/1.1, cut off when it is slow or stuck.
struct GuardedHTTPChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let tls: TLSContext?
    let connections: ConnectionBook
    let requestLimit: TimeAmount

    /// What the peer has not taken by then ends the connection (`TCP_USER_TIMEOUT`, milliseconds):
    /// a client that stops reading holds nothing for longer.
    private static let unreadLimit: ChannelOptions.Types.SocketOption.Value = 30_000
    private static let userTimeout: CInt = 18

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let (tls, connections, requestLimit) = (tls, connections, requestLimit)
        return channel.setOption(
            ChannelOptions.Types.SocketOption(
                level: .init(6), name: .init(Self.userTimeout)), value: Self.unreadLimit
        ).flatMapThrowing {
            if let tls {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(context: tls))
            }
            try channel.pipeline.syncOperations.addHandler(
                RequestClock(book: connections, limit: requestLimit))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
