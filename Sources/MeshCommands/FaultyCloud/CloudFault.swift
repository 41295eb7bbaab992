// SPDX-License-Identifier: MIT

/// What goes wrong with one request to AWS, or with its answer.
enum CloudFault: String, CaseIterable, Sendable {
    /// Refused: too many requests. It had no effect.
    case throttled
    /// Refused with 500. It had no effect, but who hears of it cannot know.
    case failed
    /// The connection breaks before anything is done.
    case reset
    /// Done, and answered with 500.
    case failedAfter = "failed after the effect"
    /// Done, and the connection breaks within the answer.
    case cutAfter = "cut after the effect"
    /// Done, and answered when nobody waits any more.
    case lateAfter = "late after the effect"
    /// What was received before is received again, as SQS may do.
    case repeated = "delivered again"
    /// What is received comes in another order.
    case shuffled

    /// Whether the request goes on to AWS.
    var isApplied: Bool {
        switch self {
        case .throttled, .failed, .reset: false
        case .failedAfter, .cutAfter, .lateAfter, .repeated, .shuffled: true
        }
    }

    static let ofAnyRequest: [CloudFault] = [
        .throttled, .failed, .reset, .failedAfter, .cutAfter, .lateAfter,
    ]
    static let ofDeliveries: [CloudFault] = [.repeated, .shuffled]
}
