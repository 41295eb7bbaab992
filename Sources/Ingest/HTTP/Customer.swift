// SPDX-License-Identifier: MIT
import Orders
import Wire

/// Who sends an HTTP request, and so for whom it may speak.
enum Customer: Equatable, Sendable {
    /// Nobody that we know, where the configuration lets such in.
    case anonymous
    /// By an API key or a certificate.
    case tenant(TenantID)
    /// A daemon or an operator, by a certificate.
    case anyTenant

    /// The tenant of a request that names `name`, or none.
    func tenant(named name: String?, at pointer: String) throws(Refusal) -> TenantID {
        switch self {
        case .tenant(let own):
            guard name == nil || name == own.text else {
                throw Refusal(.notPermitted, "These credentials speak for tenant \(own) alone.")
            }
            return own
        case .anonymous, .anyTenant:
            return try Refusal.at(pointer) { () throws(OrderError) in
                try TenantID(name ?? "default")
            }
        }
    }
}
