// SPDX-License-Identifier: MIT

extension DeadLetterFilter {
    /// Nothing is set: every dead letter matches.
    package static let all = DeadLetterFilter(tenant: "", reason: "", diedBeforeMilliseconds: 0)
}
