// SPDX-License-Identifier: MIT
import Foundation
import Synchronization

/// A clock that a test moves.
final class MovedClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { time.withLock { $0 } }

    func move(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
}
