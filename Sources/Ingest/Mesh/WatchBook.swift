// SPDX-License-Identifier: MIT
import Synchronization

/// Which watches belong to which session, so that they end with it.
final class WatchBook: Sendable {
    private struct State {
        var watches: [UInt64: Set<WatchHub.WatchID>] = [:]
    }

    /// Watches of one session; further ones are refused.
    private static let sessionWatchCountMax = 1_000

    private let hub: WatchHub
    private let state = Mutex(State())

    init(hub: WatchHub) {
        self.hub = hub
    }

    /// Sessions that are open; only they may hold watches.
    func open(_ session: UInt64) { state.withLock { $0.watches[session] = [] } }

    /// - Returns: false when the session is over.
    /// - Throws: when it has as many watches as it may.
    func add(_ watch: WatchHub.WatchID, of session: UInt64) throws(Refusal) -> Bool {
        let count = state.withLock { state in
            let count = state.watches[session]?.count
            if let count, count < Self.sessionWatchCountMax {
                state.watches[session]?.insert(watch)
            }
            return count
        }
        guard let count else { return false }
        guard count < Self.sessionWatchCountMax else { throw .tooManyWatchersOfSession }
        return true
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
