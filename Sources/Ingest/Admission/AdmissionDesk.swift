// SPDX-License-Identifier: MIT
import Daemon
import Idempotency
import Logging
import NIOCore
import Orders
import PostgresStore
import SecureTransport
import ServiceClients
import Sessions
import Wire

/// The one way in, for HTTP and for the mesh: room, limiter, key, order, queue, answer.
struct AdmissionDesk: OrderDesk {
    let limiter: LimiterClient
    let gatherer: OrderGatherer
    let gate: DepthGate
    /// Nil when keys are kept with the orders.
    let names: KeyNames?
    let store: OrderStore
    let hub: WatchHub
    let clock: any MeshClock
    let keyLifetime: Duration
    /// How long a request waits for the first one of its key, which another daemon works on.
    let keyPatience: Duration
    let metrics: AdmissionMetrics
    let logger: Logger

    func place(
        _ order: PlacedOrder, trace: TraceID, until deadline: NIODeadline
    ) async -> PlaceAnswer {
        let answer = await admit(order, trace: trace, until: deadline)
        metrics.count(answer)
        log(answer, of: order.tenant, trace)
        return answer
    }

    /// An order's first line; refusals are counted, since a flood of them must not fill a disk.
    private func log(_ answer: PlaceAnswer, of tenant: TenantID, _ trace: TraceID) {
        var metadata = Logger.Metadata.keyed([
            .correlation: "\(trace)", .tenant: "\(tenant)", .stage: "ingest",
            .attempt: .stringConvertible(1), .status: "\(answer.name)",
        ])
        switch answer {
        case .accepted(let placement), .replayed(let placement):
            metadata[LogKey.order.rawValue] = "\(placement.order)"
            logger.info("order answered", metadata: metadata)
        case .refused(let refusal):
            metadata[LogKey.reason.rawValue] = "\(refusal.detail)"
            logger.debug("order refused", metadata: metadata)
        }
    }

    /// Every request costs a token, repeats as well; one that we refuse for reasons of our own gets
    /// it back.
    private func admit(
        _ order: PlacedOrder, trace: TraceID, until deadline: NIODeadline
    ) async -> PlaceAnswer {
        var generator = SystemRandomNumberGenerator()
        let now = clock.now()
        let scopedKey = ScopedKey(tenant: order.tenant, key: order.idempotencyKey)
        if let refusal = gate.refusal(of: scopedKey, at: now, using: &generator) {
            return .refused(refusal)
        }
        let claim = KeyClaim(
            fingerprint: Fingerprint(Digest.sha256(order.canonicalBytes)),
            order: .make(at: now, using: &generator), trace: trace,
            expiresAt: MeshInstant(milliseconds: (now + keyLifetime).milliseconds))
        do throws(CallError) {
            // Holds one of the tenant's slots for as long as it runs, where the plan limits them.
            return try await limiter.taking(of: order.tenant, key: claim.order.value) { decision in
                await admit(order, claim, decision, until: deadline)
            }
        } catch {
            logger.debug("limiter does not answer", metadata: ["error": "\(error)"])
            return .refused(.away("The limiter"))
        }
    }

    /// The rest of the way, for a request that the limiter has decided about.
    private func admit(
        _ order: PlacedOrder, _ claim: KeyClaim, _ decision: Decision, until deadline: NIODeadline
    ) async -> PlaceAnswer {
        var generator = SystemRandomNumberGenerator()
        if let refusal = Refusal(decision, using: &generator) { return .refused(refusal) }
        let quota = Quota(decision)
        switch await store(order, claim, until: deadline) {
        case .accepted(let placement): return .accepted(placement.with(quota))
        case .replayed(let placement): return .replayed(placement.with(quota))
        case .refused(let refusal):
            if [.overloaded, .unavailable, .deadlineExceeded].contains(refusal.code) {
                await giveBack(claim.order.value, of: order.tenant)
            }
            return .refused(refusal)
        }
    }

    /// Under the id that the order's key names, where keys are kept elsewhere.
    private func store(
        _ order: PlacedOrder, _ claim: KeyClaim, until deadline: NIODeadline
    ) async -> PlaceAnswer {
        do throws(Refusal) {
            let named = try await names?.claim(claim, for: order) ?? claim
            return await gatherer.admit(
                Candidate(order, claim: named), patience: clock.now() + keyPatience,
                until: deadline)
        } catch {
            return .refused(error)
        }
    }

    func order(_ id: OrderID, of tenant: TenantID) async throws(Refusal) -> OrderRecord {
        do throws(PostgresError) {
            guard let order = try await store.order(id, of: tenant) else {
                throw PostgresError(.rolledBack, "no such order")
            }
            return order.record(events: try await store.events(of: [id: 0]))
        } catch {
            guard error.code != .rolledBack else { throw .unknownOrder }
            logger.error("order not read", metadata: ["error": "\(error)"])
            throw .away("The database")
        }
    }

    func watch(
        _ id: OrderID, of tenant: TenantID, after: UInt64
    ) throws(Refusal) -> WatchHub.Watch {
        try hub.watch(id, of: tenant, after: Int64(clamping: after))
    }

    func end(_ watch: WatchHub.WatchID) { hub.end(watch) }

    func quota(of tenant: TenantID) async throws(Refusal) -> Quota {
        do throws(CallError) {
            return Quota(try await limiter.peek(tenant))
        } catch {
            throw .away("The limiter")
        }
    }

    // MARK: - The limiter

    private func giveBack(_ key: UniqueID, of tenant: TenantID) async {
        do throws(CallError) {
            try await limiter.refund(key, of: tenant)
        } catch {
            // The tenant is poorer by one token for a moment; no more than that.
            logger.debug("token not given back", metadata: ["error": "\(error)"])
        }
    }
}

extension Placement {
    fileprivate func with(_ quota: Quota) -> Placement {
        var placement = self
        placement.quota = quota
        return placement
    }
}
