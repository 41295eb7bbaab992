// SPDX-License-Identifier: MIT
import Orders
import Wire

extension Refusal {
    /// How long a client should leave us alone while something that we need is away.
    private static let awayPause: Duration = .seconds(2)

    /// Something that admission cannot do without does not answer.
    static func away(_ what: String, effect: Effect = .notApplied) -> Refusal {
        Refusal(
            .unavailable, "\(what) does not answer; try again.", effect: effect,
            retryAfter: ReturnPause(awayPause).spread())
    }

    /// Why the limiter does not let a request through; nil when it does.
    init?(_ decision: Wire.Decision, using generator: inout some RandomNumberGenerator) {
        guard !decision.granted else { return nil }
        // Of all who wait for one bucket, each finds a token by the time that half of it is full.
        let pause = ReturnPause(
            .milliseconds(Int64(decision.retryAfterMilliseconds)),
            within: .seconds(Int64(decision.windowSeconds)) / 2
        ).spread(using: &generator)
        switch decision.scope {
        case .tenant:
            self.init(
                .rateLimited, "The tenant's quota is used up.", retryAfter: pause,
                quota: Quota(decision))
        case .concurrency:
            self.init(
                .concurrencyLimited,
                "The tenant has \(decision.limit) requests in progress, as many as its plan allows.",
                retryAfter: pause, quota: Quota(decision))
        case .global:
            self.init(
                .overloaded, "All tenants together ask for more than we serve.",
                retryAfter: pause)
        case .unavailable:
            self.init(
                .unavailable, "The limiter cannot decide at present.", retryAfter: pause)
        }
    }

    /// Nobody waits for the answer any more, and nothing was begun [H-12].
    static let late = Refusal(
        .deadlineExceeded, "The request's time had passed before its turn came.",
        effect: .notApplied)

    static let keyConflict = Refusal(
        .keyConflict, "The idempotency key was used for a different order.")

    static let keyInProgress = Refusal(
        .keyInProgress, "The first request with this idempotency key is under way.",
        retryAfter: .seconds(1))

    static let unknownOrder = Refusal(.unknownOrder, "There is no such order.")

    static var tooManyWatchers: Refusal {
        Refusal(
            .overloaded, "Too many orders are being watched.",
            retryAfter: ReturnPause(.seconds(5)).spread())
    }

    static var tooManyWaiting: Refusal {
        Refusal(
            .overloaded, "Too many orders wait to be stored.",
            retryAfter: ReturnPause(.seconds(1)).spread())
    }

    static var tooManyWatchersOfTenant: Refusal {
        Refusal(
            .concurrencyLimited, "The tenant watches as many orders as it may.",
            retryAfter: ReturnPause(.seconds(5)).spread())
    }

    static var tooManyWatchersOfSession: Refusal {
        Refusal(
            .concurrencyLimited, "This session watches as many orders as it may.",
            retryAfter: ReturnPause(.seconds(5)).spread())
    }
}

extension Quota {
    init(_ decision: Wire.Decision) {
        let reset = Duration.milliseconds(Int64(decision.resetMilliseconds))
        let window = Duration.seconds(Int64(decision.windowSeconds))
        let wait = Duration.milliseconds(Int64(decision.retryAfterMilliseconds))
        self.init(
            policy: decision.scope == .concurrency ? .concurrency : .tenant,
            limit: decision.limit, remaining: decision.remaining, reset: reset,
            windowSeconds: decision.windowSeconds,
            next: decision.granted ? min(reset, window / Int(max(decision.limit, 1))) : wait)
    }
}
