// SPDX-License-Identifier: MIT
import Foundation
import OrderMeshClient
import PostgresStore
import ServiceClients
import Sessions

/// What happens on a mesh that runs: orders and faults, mending, rest, account.
struct ChaosScene: Sendable {
    let run: ChaosRun
    let mesh: ChaosMesh
    let receiver: WebhookReceiver
    let interruption: ChaosInterruption
    let log: ChaosLog

    private static let statuses = PostgresStatement(
        "chaos.statuses", "SELECT status, count(*) FROM orders GROUP BY status")
    // The database's clock is ours: no fault steps it. Those of the daemons are left out.
    private static let slowest = PostgresStatement(
        "chaos.slowest",
        """
        SELECT coalesce(max(extract(epoch FROM ended - sent) * 1000), 0)::bigint FROM (
            SELECT given.sent, max(e.at) AS ended
            FROM unnest($1::uuid[], $2::timestamptz[]) AS given (id, sent)
            JOIN order_events AS e ON e.order_id = given.id
                AND e.created_at = order_created_at(given.id)
                AND e.stage NOT IN ('ingest', 'notification')
            GROUP BY given.id, given.sent) AS spans
        """)

    /// Plays it and returns the account, with the daemons still running.
    func play(on pool: PostgresPool) async throws -> ChaosReport {
        try await ready("at first")
        let plan = DemoPlan(
            run: String(UInt64(Date().timeIntervalSince1970 * 1000), radix: 36), count: 0,
            seed: run.seed)
        let tenants = ["acme", "globex", "silent", "hasty"].map(plan.tenant)
        try await DemoWorld(plan: plan).make(
            on: pool, webhookPort: mesh.links[.notificationToReceiver]?.port ?? 0)
        let stripe = try await prepareStripe(tenants, on: pool)
        let nemesis = ChaosNemesis(mesh: mesh, receiver: receiver, tenants: tenants, log: log)
        let answers = ChaosAnswers()
        let watch = ChaosWatch(
            audit: ChaosAudit(pool: pool), stripe: stripe,
            files: ReceiptFiles(directory: mesh.layout.receipts), answers: answers, log: log)
        let customers = mesh.customersMap
        let load = ChaosLoad(
            plan: plan, seed: run.seed, rate: run.rate, http: HTTPOrderRoute(port: customers.http),
            client: try ClientOrderRoute(map: customers, tenants: tenants), answers: answers)
        log.say("orders flow")
        let begin = ContinuousClock.now
        try await storm(load, nemesis, watch)
        let rest = try await settle(pool)
        watch.note(rest.breaches)
        try await watch.checkAtRest()
        watch.note(answers.breaches + ceiling(answers, plan))
        if receiver.forgedCount > 0 {
            watch.note([
                ChaosBreach("webhooks are signed", "receiver", "\(receiver.forgedCount) forged")
            ])
        }
        return try await report(
            answers, nemesis, watch, rest, lasted: ContinuousClock.now - begin, on: pool)
    }

    /// Customers with cards, and where Stripe calls.
    ///
    /// - Returns: what holds it against the database; nil when the money is not there.
    private func prepareStripe(
        _ tenants: [String], on pool: PostgresPool
    ) async throws -> StripeAudit? {
        guard let stripe = mesh.stripe else { return nil }
        let account = StripeAccount(endpoint: stripe.endpoint)
        try await StripeWorld(account: account).make(tenants: tenants, on: pool)
        let port = mesh.links[.stripeToPayment]?.port ?? 0
        try await account.announce("http://127.0.0.1:\(port)/stripe/webhook")
        return StripeAudit(account: account, pool: pool)
    }

    // MARK: - Acts

    /// Orders, faults and checks, until the schedule or somebody's patience ends; then all is mended,
    /// and who waits for an answer gets it.
    private func storm(
        _ load: ChaosLoad, _ nemesis: ChaosNemesis, _ watch: ChaosWatch
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await load.runClient() }
            group.addTask { try await watch.run(every: run.checkInterval) }
            try await withThrowingTaskGroup(of: Void.self) { orders in
                orders.addTask { try await load.run() }
                try await untilInterrupted { try await nemesis.run(run.schedule) }
                log.say("faults are over")
                try await nemesis.mendAll()
                load.stop()
                try await orders.waitForAll()
            }
            log.say("every order has its answer")
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    /// Ends `body` early when somebody asks for it.
    private func untilInterrupted(
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { for await _ in interruption.first {} }
            try await group.next()
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    /// Starts everything anew and lets it work off what is left.
    private func settle(_ pool: PostgresPool) async throws -> ChaosRest.Outcome {
        for daemon in ChaosMesh.daemons {
            if let process = mesh.process(of: daemon) { kill(process, SIGTERM) }
        }
        try await ready("after the faults")
        let connection = try MeshOptions.connection(to: "brokerd", of: mesh.map)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await connection.run() }
            defer { group.cancelAll() }
            try await connection.connected(within: .seconds(30))
            return try await ChaosRest(broker: BrokerClient(connection), pool: pool, log: log)
                .reach()
        }
    }

    private func ready(_ when: String) async throws {
        let unready = try await mesh.awaitReady()
        guard unready.isEmpty else {
            throw CommandError(
                "not ready \(when): \(unready.joined(separator: ", ")); see \(mesh.layout.logs)")
        }
    }

    // MARK: - The account

    /// Orders of the tenant with a small plan, against what the plan grants.
    private func ceiling(_ answers: ChaosAnswers, _ plan: DemoPlan) -> [ChaosBreach] {
        let subject = TakeLedger.Subject(
            tenant: plan.tenant("hasty"), rate: UInt32(DemoPlan.hastyPlan.rate),
            burst: UInt32(DemoPlan.hastyPlan.burst), costMax: 1, laneCount: 1)
        let excess = TakeCeiling(answers.grants, subject).excess
        guard excess > 0 else { return [] }
        return [
            ChaosBreach("the limiter is a ceiling", subject.tenant, "\(excess) orders too many")
        ]
    }

    private func report(
        _ answers: ChaosAnswers, _ nemesis: ChaosNemesis, _ watch: ChaosWatch,
        _ rest: ChaosRest.Outcome, lasted: Duration, on pool: PostgresPool
    ) async throws -> ChaosReport {
        var report = ChaosReport()
        report.seed = run.seed
        report.seconds = (lasted / .milliseconds(1)).rounded() / 1000
        report.orders = answers.counts
        for row in try await pool.query(Self.statuses) {
            let count: Int64 = try row[1]
            report.statuses[try row[0]] = Int(count)
        }
        let accepted = answers.accepted(after: 0)
        let spans: [PostgresValue] = [
            .uuids(accepted.map(\.order)), .timestamps(accepted.map(\.sent)),
        ]
        if let row = try await pool.query(Self.slowest, spans).first {
            let milliseconds: Int64 = try row[0]
            report.slowestSeconds = Double(milliseconds) / 1000
        }
        report.faults = nemesis.counts
        report.faultsLeftOut = nemesis.leftOut
        report.checks = watch.checkCount
        report.checksPostponed = watch.postponedCount
        report.deadLettersRedriven = rest.deadLetterCount
        report.webhooks = receiver.receivedCount
        report.webhooksRepeated = receiver.repeatCount
        report.stripe = watch.stripeTotals
        report.breaches = watch.breaches
        return report
    }
}
