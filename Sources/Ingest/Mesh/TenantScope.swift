// SPDX-License-Identifier: MIT
import Orders
import SecureTransport
import Wire

/// Which tenant a peer of the mesh may speak for.
enum TenantScope {
    /// - Parameter named: the tenant in the request; empty stands for the certificate's own.
    static func tenant(
        _ named: String, for peer: PeerIdentity
    ) throws(Refusal) -> TenantID {
        switch peer {
        case .tenant(let own):
            guard named.isEmpty || named == own else {
                throw Refusal(
                    .notPermitted, "This certificate speaks for tenant \(own) alone.")
            }
            return try Refusal.at("/tenant") { () throws(OrderError) in try TenantID(own) }
        case .service, .operator:
            return try Refusal.at("/tenant") { () throws(OrderError) in try TenantID(named) }
        }
    }
}
