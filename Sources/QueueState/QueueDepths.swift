// SPDX-License-Identifier: MIT

/// What a queue holds and has seen.
package struct QueueDepths: Equatable, Sendable {
    package var ready: UInt64 = 0
    /// Of the ready: behind a dead letter of their group.
    package var held: UInt64 = 0
    package var leased: UInt64 = 0
    package var delayed: UInt64 = 0
    package var dead: UInt64 = 0
    /// Of the envelopes of all that are not dead.
    package var bytes: UInt64 = 0
    package var depthMax: UInt64 = 0
    package var publishedTotal: UInt64 = 0
    package var settledTotal: UInt64 = 0
    package var drainPerSecond: UInt32 = 0
    /// Nothing is delivered.
    package var isPaused = false
}
