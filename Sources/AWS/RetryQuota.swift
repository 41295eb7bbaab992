// SPDX-License-Identifier: MIT

/// How many retries all calls of one client may still make together.
///
/// A service that fails every request is then asked once per request and not three times: each
/// retry takes tokens, only success gives them back.
struct RetryQuota {
    static let capacity = 500
    static let retryCost = 5
    static let timeoutRetryCost = 10
    static let successRefill = 1

    private(set) var available = RetryQuota.capacity

    /// Takes what a retry after `code` costs; false, and nothing taken, when too little is left.
    mutating func take(for code: AWSError.Code) -> Bool {
        let cost = code == .timedOut ? Self.timeoutRetryCost : Self.retryCost
        guard available >= cost else { return false }
        available -= cost
        return true
    }

    /// A call succeeded, its last retry (if it had one) after `code`.
    mutating func succeeded(lastRetryAfter code: AWSError.Code?) {
        let refill: Int
        switch code {
        case nil: refill = Self.successRefill
        case .timedOut?: refill = Self.timeoutRetryCost
        case _?: refill = Self.retryCost
        }
        available = min(Self.capacity, available + refill)
    }
}
