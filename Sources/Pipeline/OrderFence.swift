// SPDX-License-Identifier: MIT

/// How `orders.fence` holds the token of a lease: less 2^63, so that signed numbers sort as tokens do.
struct OrderFence {
    static func column(_ token: UInt64) -> Int64 { Int64(bitPattern: token ^ 1 << 63) }

    static func token(_ column: Int64) -> UInt64 { UInt64(bitPattern: column) ^ 1 << 63 }
}
