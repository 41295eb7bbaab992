// SPDX-License-Identifier: MIT

import Orders

/// Names an order of the mesh; written as a UUID.
public struct MeshOrderID: Hashable, Sendable, LosslessStringConvertible {
    let value: UniqueID

    init(_ value: UniqueID) { self.value = value }

    /// Reads a UUID; nil for anything else.
    public init?(_ description: String) {
        guard let value = UniqueID(description) else { return nil }
        self.value = value
    }

    /// The UUID, in lower case with dashes.
    public var description: String { value.description }
}
