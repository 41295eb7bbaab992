// SPDX-License-Identifier: MIT

import FrameCompression
import Logging
import NIOCore

/// All of a listener's sessions on one event loop, and what they share there.
final class LoopSessions {
    let service: any FrameService
    let compressor = FrameCompressor()
    let log: Logger
    private(set) var isDraining = false
    private var handlers: [UInt64: ServerSessionHandler] = [:]
    private var emptied: EventLoopPromise<Void>?
    private let eventLoop: any EventLoop

    init(service: any FrameService, log: Logger, eventLoop: any EventLoop) {
        self.service = service
        self.log = log
        self.eventLoop = eventLoop
    }

    func add(_ handler: ServerSessionHandler) { handlers[handler.id] = handler }

    func remove(_ handler: ServerSessionHandler) {
        handlers[handler.id] = nil
        if handlers.isEmpty { emptied?.succeed() }
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
