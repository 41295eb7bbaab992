// SPDX-License-Identifier: MIT

public import FoundationEssentials

/// The mesh's word that an order is stored, on disk, and will be decided.
public struct Placement: Sendable, Equatable {
    /// Names the order from now on.
    public let order: MeshOrderID
    /// `accepted`, or what has become of it when this is a repeat.
    public let status: MeshOrderStatus
    /// Whether the key was known: no second order was made.
    public let isReplayed: Bool
    /// The key in use, given or made.
    public let idempotencyKey: String
    /// Until when the mesh remembers the key.
    public let keyExpires: Date
    /// Finds the order in all logs, from this request to the last webhook.
    public let correlationID: String
}
