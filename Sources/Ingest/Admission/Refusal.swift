// SPDX-License-Identifier: MIT
import Orders
import Wire

/// Why a request is not served: the same for the mesh and for HTTP.
struct Refusal: Error, Sendable, Equatable {
    /// One field that is out of range.
    struct Field: Sendable, Equatable {
        /// Where in the request, as a JSON pointer (RFC 6901): `/items/0/quantity`.
        let pointer: String
        let code: String
        let detail: String
    }

    let code: WireErrorCode
    let detail: String
    /// Whether it may have been applied all the same.
    var effect: Effect
    /// When to try again, computed and spread; nil when waiting does not help.
    var retryAfter: Duration?
    /// With `invalidOrder`: which fields.
    var fields: [Field] = []
    /// With `rateLimited` and `concurrencyLimited`: the bucket, or the slots.
    var quota: Quota?
    /// With `overloaded`: the stage that is behind.
    var stage: String?

    /// What stands in the way, in one word: the tenant's quota, its requests in progress, our own depth,
    /// or something that is away; nil when it is the request itself.
    var cause: String? {
        switch code {
        case .rateLimited: "quota"
        case .concurrencyLimited: "concurrency"
        case .overloaded: "depth"
        case .unavailable: "away"
        default: nil
        }
    }

    init(
        _ code: WireErrorCode, _ detail: String, effect: Effect? = nil,
        retryAfter: Duration? = nil, fields: [Field] = [], quota: Quota? = nil
    ) {
        self.code = code
        self.detail = detail
        self.effect = effect ?? code.effect
        self.retryAfter = retryAfter
        self.fields = fields
        self.quota = quota
    }

    /// An order with one field out of range.
    init(_ error: OrderError, at pointer: String) {
        self.init(
            .invalidOrder, error.explanation,
            fields: [Field(pointer: pointer, code: error.rawValue, detail: error.explanation)])
    }
}

/// The state of a tenant's bucket, or of its slots.
struct Quota: Sendable, Equatable {
    /// Which of the tenant's limits.
    enum Policy: String, Sendable {
        case tenant
        case concurrency
    }

    let policy: Policy
    let limit: UInt32
    let remaining: UInt32
    /// Until the bucket is full again.
    let reset: Duration
    /// In which an empty bucket fills, in seconds, rounded up: zero for slots alone.
    let windowSeconds: UInt32
    /// Until more can be had: of a bucket that is not full, the time for one token.
    let next: Duration
}
