// SPDX-License-Identifier: MIT
package import Wire

/// What one settlement came to.
package struct EndedLease: Sendable {
    package let result: SettleResult
    /// Whether the carrier in SQS is deleted, or may be: nothing about the message is left to do.
    package let isOver: Bool
}
