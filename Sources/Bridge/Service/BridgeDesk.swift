// SPDX-License-Identifier: MIT
import AWS
import Daemon
import Logging
import Orders
import QueueState
import SecureTransport
import Sessions
import TokenBucket
import Wire

/// Answers requests out of SQS, DynamoDB and S3. Holds no state of its own but caches and leases.
struct BridgeDesk: Sendable {
    let catalog: QueueCatalog
    let depths: DepthProbe
    let ledger: MessageLedger
    let publisher: Publisher
    let claimer: Claimer
    let settler: Settler
    let deadLetters: DeadLetterDesk
    let leases: LeaseTable
    let buckets: BucketLedger
    let plans: PlanLedger
    let keys: KeyLedger
    /// Nil when no bucket is configured.
    let receipts: ReceiptVault?
    let sqs: SQSClient
    let clock: any MeshClock
    let logger: Logger

    /// The answer to a request other than those about subscriptions.
    func answer(
        _ frame: InboundFrame, from peer: PeerIdentity
    ) async throws(BridgeRefusal) -> any WireMessage {
        switch frame.kind {
        case .publish: try await publish(read(frame), peer)
        case .publishBatch: try await publishBatch(read(frame), peer)
        case .declare: try await declare(read(frame), peer)
        case .settle: try await settle(read(frame), peer)
        case .extend: try await extend(read(frame), peer)
        case .queueStats: try await statistics(read(frame), peer)
        case .messageStatus: try await status(read(frame), peer)
        case .deadLetters: try await letters(read(frame), peer)
        case .redrive: try await redrive(read(frame), peer)
        case .take: try await take(read(frame), peer)
        case .getPlan: try await plan(read(frame), peer)
        case .setPlan: try await setPlan(read(frame), peer)
        case .putReceipt: try await putReceipt(read(frame), peer)
        case .getReceipt: try await receipt(read(frame), peer)
        case .claimKeys: try await claimKeys(read(frame), peer)
        case .listKeys: try await listKeys(read(frame), peer)
        case .listPlans:
            throw .unsupported("the bridge finds plans by their tenants alone")
        case .refund:
            throw .unsupported("the bridge keeps no keys of takes: nothing is given back")
        case .pause, .resume:
            throw .unsupported("SQS cannot pause a queue: stop its consumers")
        case .purge:
            throw .unsupported("purge the SQS queue itself: records of its messages expire")
        case .setWeights, .getWeights:
            throw .unsupported("SQS serves tenants as their messages come")
        case .audit:
            throw .unsupported("the bridge writes what operators do to its own log")
        case .placeOrder, .getOrder, .watchOrder:
            throw .unsupported("orders are placed with ingestd")
        default:
            throw BridgeRefusal(.unknownOpcode, "no such request here")
        }
    }

    func require(
        _ peer: PeerIdentity, _ action: BridgeAccess.Action
    ) throws(BridgeRefusal) {
        guard BridgeAccess.permits(peer, action) else {
            throw BridgeRefusal(.notPermitted, "\(peer) may not do this")
        }
    }

    func read<Request: WireMessage>(
        _ frame: InboundFrame
    ) throws(BridgeRefusal) -> Request {
        do throws(WireError) {
            return try frame.decode(Request.self)
        } catch {
            throw BridgeRefusal(.badMessage, "\(error)")
        }
    }
}

// MARK: - Limiter

extension BridgeDesk {
    private func take(
        _ request: Take, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Taken {
        for take in request.takes {
            let isPeek = take.cost == 0
            try require(peer, isPeek ? .seePlan(tenant: take.tenant) : .take)
        }
        var decisions: [Wire.Decision] = []
        // One after the other: takes of one tenant in one frame are decided in their order.
        for take in request.takes {
            decisions.append(await decide(take))
        }
        return Taken(decisions: decisions)
    }

    private func decide(_ take: TokenRequest) async -> Wire.Decision {
        do throws(AWSError) {
            let plan = try await plans.plan(of: take.tenant)
            let rate = BucketRate(perSecond: plan.ratePerSecond, burst: plan.burst)
            let decision = try await buckets.take(
                take.cost, of: take.tenant, rate: rate, now: clock.now())
            return Wire.Decision(
                granted: decision.isGranted, scope: .tenant, limit: decision.limit,
                remaining: decision.remaining, resetMilliseconds: decision.resetMilliseconds,
                retryAfterMilliseconds: decision.retryAfterMilliseconds,
                windowSeconds: decision.windowSeconds, held: false)
        } catch {
            logger.warning(
                "take failed",
                metadata: .keyed([.tenant: "\(take.tenant)", .error: "\(error)"]))
            return Wire.Decision(
                granted: false, scope: .unavailable, limit: 0, remaining: 0, resetMilliseconds: 0,
                retryAfterMilliseconds: 1_000, windowSeconds: 0, held: false)
        }
    }

    private func plan(
        _ request: GetPlan, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Plan {
        try require(peer, .seePlan(tenant: request.tenant))
        return Plan(
            plan: try await refusing { () throws(AWSError) in
                try await plans.plan(of: request.tenant)
            })
    }

    private func setPlan(
        _ request: SetPlan, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> Plan {
        try require(peer, .setPlan)
        let bounds: ClosedRange<UInt32> = 1...10_000_000
        guard bounds.contains(request.plan.ratePerSecond), bounds.contains(request.plan.burst)
        else { throw BridgeRefusal(.badPlan, "rate and burst are 1...10000000") }
        try requireSupported(request.plan)
        do throws(OrderError) {
            _ = try TenantID(request.plan.tenant)
        } catch {
            throw BridgeRefusal(.badPlan, "\(error)")
        }
        try await refusing { () throws(AWSError) in try await plans.set(request.plan) }
        logger.notice(
            "plan changed",
            metadata: .keyed([
                .tenant: "\(request.plan.tenant)", .who: "\(request.who)", .peer: "\(peer)",
                .reason: "\(request.why)",
            ]))
        return Plan(plan: request.plan)
    }

    /// A plan that would be kept in part is refused: nobody must believe in a limit that is none.
    private func requireSupported(_ plan: RatePlan) throws(BridgeRefusal) {
        guard plan.concurrency == 0 else {
            throw .unsupported("the bridge counts no requests in progress: concurrency must be 0")
        }
        guard !plan.shadow, plan.whenAway == .refuse else {
            throw .unsupported("the bridge tries no plan out, and grants nothing unwritten")
        }
    }
}
