// SPDX-License-Identifier: MIT
package import Orders

/// A tenant's bucket and the one that all tenants share: a take is granted by both or by neither.
package struct BucketPair: Sendable {
    package let tenant: Bucket
    package let global: Bucket?

    package init(tenant: Bucket, global: Bucket?) {
        self.tenant = tenant
        self.global = global
    }

    /// Which bucket an outcome comes from. A grant is the tenant's.
    package enum Scope: Equatable, Sendable {
        case tenant
        case global
    }

    /// Takes from the tenant, then from all; what the tenant gave goes back if the other refuses.
    ///
    /// Between the two steps the tenant may look poorer than it is and refuse a third party: that
    /// errs to the safe side. It never looks richer, so that no interleaving grants too much.
    ///
    /// - Parameter isCovered: see `Bucket.take`.
    package func take(
        _ cost: UInt32, at now: MeshInstant, isCovered: Bool = true
    ) -> (scope: Scope, Bucket.Outcome) {
        let outcome = tenant.take(cost, at: now, isCovered: isCovered)
        guard let global, case .decided(let decision) = outcome, decision.isGranted
        else { return (.tenant, outcome) }
        let second = global.take(cost, at: now, isCovered: isCovered)
        if case .decided(let shared) = second, shared.isGranted { return (.tenant, outcome) }
        if cost > 0 { tenant.refund(cost, granted: now, at: now) }
        return (.global, second)
    }

    /// Which buckets a grant was taken from.
    package struct Editions: Equatable, Sendable {
        let tenant: UInt32
        /// nil where there was no bucket of all.
        let global: UInt32?

        package init(tenant: UInt32, global: UInt32?) {
            self.tenant = tenant
            self.global = global
        }
    }

    package var editions: Editions { Editions(tenant: tenant.edition, global: global?.edition) }

    /// Gives back what was taken from these very buckets; see `Bucket.refund`.
    ///
    /// Where only the bucket of all is another by now, or is there since, the tenant has its tokens back
    /// and the mesh waits for what it spent: too little for a while, and never too much.
    ///
    /// - Returns: false, with nothing given back, when the tenant's bucket is another one.
    package func refund(
        _ cost: UInt32, from editions: Editions, granted: MeshInstant, at now: MeshInstant
    ) -> Bool {
        guard editions.tenant == tenant.edition else { return false }
        tenant.refund(cost, granted: granted, at: now)
        if let global, editions.global == global.edition {
            global.refund(cost, granted: granted, at: now)
        }
        return true
    }
}
