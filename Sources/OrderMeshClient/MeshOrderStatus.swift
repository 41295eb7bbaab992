// SPDX-License-Identifier: MIT

import Orders

/// Where an order stands. A later mesh may know more; the text is what it said.
public struct MeshOrderStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// As the mesh spells it.
    public let rawValue: String

    /// A status from its spelling.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Stored and queued.
    public static let accepted = MeshOrderStatus(rawValue: "accepted")
    /// Its stock is held.
    public static let reserved = MeshOrderStatus(rawValue: "reserved")
    /// The payment provider is being asked.
    public static let charging = MeshOrderStatus(rawValue: "charging")
    /// Paid.
    public static let charged = MeshOrderStatus(rawValue: "charged")
    /// Done, with a receipt. Final.
    public static let fulfilled = MeshOrderStatus(rawValue: "fulfilled")
    /// Out of stock. Final.
    public static let rejected = MeshOrderStatus(rawValue: "rejected")
    /// The payment provider said no. Final.
    public static let declined = MeshOrderStatus(rawValue: "declined")
    /// Taken back before anything happened. Final.
    public static let cancelled = MeshOrderStatus(rawValue: "cancelled")
    /// Whether it is paid is not known yet.
    public static let unknown = MeshOrderStatus(rawValue: "unknown")
    /// Given up: nothing charged, nothing held. Final, unless a person redrives it.
    public static let dead = MeshOrderStatus(rawValue: "dead")

    /// Whether nothing more happens to the order by itself.
    public var isFinal: Bool { OrderStatus(rawValue: rawValue)?.isFinal ?? false }

    /// The spelling.
    public var description: String { rawValue }
}
