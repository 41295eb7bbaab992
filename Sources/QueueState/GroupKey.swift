// SPDX-License-Identifier: MIT
package import Orders

/// An ordered group by the hash of its id and its tenant, so that no tenant can hold up another's.
/// Two groups that meet in one hash are delivered in order together, which neither can notice.
package struct GroupKey: Hashable, Sendable {
    /// 0 for none.
    package let rawValue: UInt64

    /// Of messages that may be delivered in any order.
    package static let none = GroupKey(recorded: 0)

    /// As a record of the log has it.
    init(recorded rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// - Parameter id: zero for none.
    package init(_ id: UniqueID, of tenant: TenantKey) {
        guard id != .zero else {
            self = .none
            return
        }
        var hash = id.low ^ id.high &* 0x9E37_79B9_7F4A_7C15 ^ tenant.rawValue
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        self.init(recorded: max(hash ^ hash >> 32, 1))
    }

    package var isNone: Bool { rawValue == 0 }
}
