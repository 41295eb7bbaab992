// SPDX-License-Identifier: MIT
import Daemon
import Foundation
import Orders

/// Times for people: RFC 3339 in UTC, to the millisecond.
enum Timestamp {
    static func text(_ milliseconds: UInt64) -> String {
        TimestampText(MeshInstant(milliseconds: milliseconds)).description
    }

    static func text(_ date: Date) -> String {
        text(UInt64(max(0, date.timeIntervalSince1970 * 1000).rounded()))
    }
}
