// SPDX-License-Identifier: MIT
import NIOCore
import SecureTransport
import Synchronization

/// The HTTP connections that are open: who is at the other end, and the clock of the request that is
/// being received.
final class ConnectionBook: Sendable {
    private struct Connection {
        let clock: NIOLoopBound<RequestClock>
        var peer: PeerIdentity?
    }

    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])

    /// Who showed a certificate; nil for nobody.
    func peer(of channel: any Channel) -> PeerIdentity? {
        connections.withLock { $0[ObjectIdentifier(channel)]?.peer }
    }

    /// A request has arrived in full, or been refused before: the next one has all its time.
    func requestEnded(on channel: any Channel) {
        guard let clock = connections.withLock({ $0[ObjectIdentifier(channel)]?.clock }) else {
            return
        }
        channel.eventLoop.execute { clock.value.requestEnded() }
    }

    func open(_ channel: any Channel, _ clock: RequestClock) {
        let bound = NIOLoopBound(clock, eventLoop: channel.eventLoop)
        connections.withLock { $0[ObjectIdentifier(channel)] = Connection(clock: bound) }
    }

    func note(_ peer: PeerIdentity?, of channel: any Channel) {
        connections.withLock { $0[ObjectIdentifier(channel)]?.peer = peer }
    }

    func close(_ channel: any Channel) {
        connections.withLock { $0[ObjectIdentifier(channel)] = nil }
    }
}

/// Closes a connection whose request does not arrive in time, however busily it trickles in. The
/// handler next to the socket, or to TLS.
final class RequestClock: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let book: ConnectionBook
    private let limit: TimeAmount
    private var timer: Scheduled<Void>?

    /// - Parameter limit: from the first byte of a request to its last.
    init(book: ConnectionBook, limit: TimeAmount) {
        self.book = book
        self.limit = limit
    }

    func handlerAdded(context: ChannelHandlerContext) { book.open(context.channel, self) }

    func channelInactive(context: ChannelHandlerContext) {
        requestEnded()
        book.close(context.channel)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSHandshakeCompleted {
            book.note(event.peer, of: context.channel)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if timer == nil {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
                context.close(promise: nil)
            }
        }
        context.fireChannelRead(data)
    }

    func requestEnded() {
        timer?.cancel()
        timer = nil
    }
}
