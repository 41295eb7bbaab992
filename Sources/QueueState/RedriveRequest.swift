// SPDX-License-Identifier: MIT
package import Orders

/// Which dead messages are to have their attempts again, and how fast.
package struct RedriveRequest: Sendable {
    /// These; empty for all, oldest first.
    package var sequences: [MessageSequence]
    /// Of those, the ones that match.
    package var filter: DeadMessageFilter
    /// At most so many.
    package var limit: Int
    /// Only count.
    package var isDryRun: Bool
    /// One after the other at this rate; 0 for all at once.
    package var ratePerSecond: UInt32
    /// Names the request, so that a repeat is recognized; zero for none.
    package var id: UniqueID

    package init(
        sequences: [MessageSequence] = [], filter: DeadMessageFilter = .all, limit: Int = .max,
        isDryRun: Bool = false, ratePerSecond: UInt32 = 0, id: UniqueID = .zero
    ) {
        self.sequences = sequences
        self.filter = filter
        self.limit = limit
        self.isDryRun = isDryRun
        self.ratePerSecond = ratePerSecond
        self.id = id
    }

    /// One request reaches this far ahead: what it did not reach stays dead, and a person who
    /// changes his mind has no more than this to wait for.
    static let horizonSeconds = 600

    /// Between one message and the next.
    var intervalNanoseconds: Int64 {
        ratePerSecond == 0 ? 0 : 1_000_000_000 / Int64(ratePerSecond)
    }
}

/// What became of a redrive.
package struct RedriveAnswer: Equatable, Sendable {
    /// Messages that are no longer dead, or would not be.
    package let count: Int
    /// Others that were meant are dead still.
    package let hasMore: Bool
    /// When to ask for those.
    package let resumeAfter: Duration
    /// The request had been carried out before; this is its count.
    package let isRepeated: Bool
}
