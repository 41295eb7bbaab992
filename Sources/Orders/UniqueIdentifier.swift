// SPDX-License-Identifier: MIT

/// A `UniqueID` that says whose it is, so that an order's id cannot be passed for a message's.
package protocol UniqueIdentifier: Hashable, Comparable, Sendable, LosslessStringConvertible {
    var value: UniqueID { get }

    init(_ value: UniqueID)
}

extension UniqueIdentifier {
    /// A new id, sorted by `now`, its random part drawn from `generator`.
    package static func make(
        at now: MeshInstant,
        using generator: inout some RandomNumberGenerator
    ) -> Self {
        Self(.version7(milliseconds: now.milliseconds, using: &generator))
    }

    /// From a UUID's text; see `UniqueID.init(_:)`.
    package init?(_ description: String) {
        guard let value = UniqueID(description) else { return nil }
        self.init(value)
    }

    package var description: String { value.description }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
