// SPDX-License-Identifier: MIT
import Daemon
import Orders

/// What the copies of one order were answered, all together.
struct ChaosOutcome: Sendable {
    private(set) var order: UniqueID?
    private(set) var replayedCount = 0
    private(set) var unansweredCount = 0
    private(set) var refusals: [String] = []
    /// From the first request to the answer that accepted it.
    private(set) var span: (from: ContinuousClock.Instant, to: ContinuousClock.Instant)?
    private(set) var contradictions: [ChaosBreach] = []

    /// The first request, by the wall clock.
    let sent = WallClock().now()
    private let begin = ContinuousClock.now

    /// - Parameter answer: nil when there was none.
    mutating func add(_ answer: DemoAnswer?) {
        switch answer {
        case nil: unansweredCount += 1
        case .refused(let code): refusals.append(code)
        case .accepted(let id, let isReplayed):
            if isReplayed { replayedCount += 1 }
            if let order, order != id {
                contradictions.append(ChaosBreach("one key, two orders", order, "and \(id)"))
            }
            if order == nil { span = (begin, .now) }
            order = order ?? id
        }
    }
}
