// SPDX-License-Identifier: MIT
import Foundation

/// Times for people: UTC, to the millisecond.
enum Timestamp {
    static func text(_ milliseconds: UInt64) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        return date.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true))
    }
}
