// SPDX-License-Identifier: MIT
import Synchronization

/// Which watches belong to which session, so that they end with it.
final class WatchBook: Sendable {
    private struct State {
        var watches: [UInt64: Set<WatchHub.WatchID>] = [:]
    }

    private let hub: WatchHub
    private let state = Mutex(State())

    init(hub: WatchHub) {
        self.hub = hub
    }

    /// Sessions that are open; only they may hold watches.
    func open(_ session: UInt64) { state.withLock { $0.watches[session] = [] } }

    /// - Returns: false when the session is over.
    func add(_ watch: WatchHub.WatchID, of session: UInt64) -> Bool {
        state.withLock { $0.watches[session]?.insert(watch) } != nil
    }

    func remove(_ watch: WatchHub.WatchID, of session: UInt64) {
        state.withLock { _ = $0.watches[session]?.remove(watch) }
    }

    func close(_ session: UInt64) {
        for watch in state.withLock({ $0.watches.removeValue(forKey: session) }) ?? [] {
            hub.end(watch)
        }
    }
}
