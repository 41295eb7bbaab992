// SPDX-License-Identifier: MIT
package import Orders

/// Which dead messages are meant: those that match all that is set.
package struct DeadMessageFilter: Equatable, Sendable {
    package var tenant: TenantKey?
    /// A part of the reason; empty for any.
    package var reason: String
    /// Dead since before.
    package var diedBefore: MeshInstant?

    package static let all = DeadMessageFilter()

    package init(tenant: TenantKey? = nil, reason: String = "", diedBefore: MeshInstant? = nil) {
        self.tenant = tenant
        self.reason = reason
        self.diedBefore = diedBefore
    }

    func matches(_ message: StoredMessage, _ death: Death) -> Bool {
        if let tenant, message.tenant != tenant { return false }
        if let diedBefore, death.at >= diedBefore { return false }
        return reason.isEmpty || death.reason.contains(reason)
    }
}
