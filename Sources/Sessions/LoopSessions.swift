// SPDX-License-Identifier: MIT

import FrameCompression
package import Logging
package import NIOCore

/// All of a listener's sessions on one event loop, and what they share there.
///
/// Without a listener, whoever brings the bytes adds a handler for each connection, and says by
/// `TLSHandshakeCompleted` who the peer is.
package final class LoopSessions {
    let service: any FrameService
    let compressor = FrameCompressor()
    let log: Logger
    private(set) var isDraining = false
    private var random: any RandomNumberGenerator
    private var handlers: [UInt64: ServerSessionHandler] = [:]
    private var emptied: EventLoopPromise<Void>?
    private let eventLoop: any EventLoop

    /// - Parameter random: the source of the sessions' names in HELLO_OK.
    package init(
        service: any FrameService, log: Logger, eventLoop: any EventLoop,
        random: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) {
        self.service = service
        self.log = log
        self.eventLoop = eventLoop
        self.random = random
    }

    /// The handler of one connection, to stand behind what secures it.
    package func makeHandler(
        id: UInt64, limits: SessionLimits, serverName: String
    ) -> any ChannelHandler {
        let handler = ServerSessionHandler(
            id: id, siblings: self, limits: limits, serverName: serverName)
        add(handler)
        return handler
    }

    func makeNonce() -> UInt64 { random.next() }

    private func add(_ handler: ServerSessionHandler) { handlers[handler.id] = handler }

    /// The service hears of it in a turn of its own: a session ends also within a write of the
    /// service's, which must not find its state changed when that returns.
    func ended(_ handler: ServerSessionHandler, _ session: ServerSession?) {
        eventLoop.assumeIsolated().execute {
            if let session { self.service.closed(session) }
            self.handlers[handler.id] = nil
            if self.handlers.isEmpty { self.emptied?.succeed() }
        }
    }

    /// Tells every peer; the future is kept when the last session is gone, at the latest after
    /// the grace.
    func drain(grace: TimeAmount) -> EventLoopFuture<Void> {
        if let emptied { return emptied.futureResult }
        let promise = eventLoop.makePromise(of: Void.self)
        isDraining = true
        emptied = promise
        for handler in Array(handlers.values) { handler.drain(grace: grace) }
        if handlers.isEmpty { promise.succeed() }
        let end = eventLoop.assumeIsolated().scheduleTask(in: grace) {
            for handler in Array(self.handlers.values) { handler.close() }
        }
        promise.futureResult.assumeIsolated().whenComplete { _ in end.cancel() }
        return promise.futureResult
    }
}
