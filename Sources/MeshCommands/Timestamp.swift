// SPDX-License-Identifier: MIT
import Daemon
import Orders

/// Times for people: RFC 3339 in UTC, to the millisecond.
enum Timestamp {
    static func text(_ milliseconds: UInt64) -> String {
        TimestampText(MeshInstant(milliseconds: milliseconds)).description
    }
}
