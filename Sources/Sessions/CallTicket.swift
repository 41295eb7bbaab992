// SPDX-License-Identifier: MIT

/// How far a call has come, for whoever may cancel it. Confined to the connection's event loop.
enum CallTicket: Equatable {
    /// To any other.
    case created
    /// In the queue for a connection, under this number: to `sent` or `finished`.
    case waiting(UInt64)
    /// Written, with this correlation: to `finished`.
    case sent(UInt64)
    /// Cancelled before it was begun; it will be refused.
    case cancelled
    case finished
}
