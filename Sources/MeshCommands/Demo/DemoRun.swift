// SPDX-License-Identifier: MIT
import Foundation
import OrderMeshClient
import Orders
import PostgresStore
import ServiceLifecycle

/// One run of the demonstration, from the first piece of stock to the account.
struct DemoRun: Sendable {
    struct Options: Sendable {
        /// Shows dead letters redriven and one order explained.
        let tellsStory: Bool
        /// How long the mesh may take to come to rest after the last answer.
        var patience = Duration.seconds(180)
    }

    let map: MeshMap
    let plan: DemoPlan
    let options: Options

    /// Sends, waits and accounts, then hands the report to `end`, which ends the process.
    ///
    /// The receiver of webhooks is never stopped before: webhooks still come, and the HTTP server traps
    /// when it is cancelled in the moment in which a connection is accepted.
    func run(
        on pool: PostgresPool, end: @Sendable (DemoReport) -> Never
    ) async throws {
        let receiver = WebhookReceiver()
        let silent = plan.tenant("silent")
        receiver.setDown(true, for: silent)
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        let server = receiver.application { portFound.yield($0) }
        let client = try ClientOrderRoute(map: map, tenants: tenants)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            var port = 0
            for await found in ports {
                port = found
                break
            }
            try await DemoWorld(plan: plan).make(on: pool, webhookPort: port)
            if map.isBridged == true { try await bridge(pool).setPlans() }
            end(try await account(client, receiver, pool))
        }
    }

    private var tenants: [String] { ["acme", "globex", "silent", "hasty"].map(plan.tenant) }

    private func account(
        _ client: ClientOrderRoute, _ receiver: WebhookReceiver, _ pool: PostgresPool
    ) async throws -> DemoReport {
        let started = ContinuousClock.now
        let sender = DemoSender(http: HTTPOrderRoute(port: map.http), client: client)
        let outcomes = try await sender.send(plan.orders) { count in
            if count % max(1, plan.orders.count / 20) == 0 {
                say("\(count) of \(plan.orders.count) orders answered")
            }
        }
        let answered = ContinuousClock.now
        let accepted = outcomes.compactMap(\.order)
        let audit = try await DemoWait(pool: pool, patience: options.patience)
            .untilFinal(accepted, run: plan.run)
        var report = DemoReport(outcomes: outcomes, audit: audit)
        say("all answered after \(answered - started), all final after \(.now - started)")
        tell(outcomes, of: plan.orders)
        if options.tellsStory {
            let story = DemoStory(map: map, plan: plan, receiver: receiver, client: client)
            try await story.tell(outcomes, on: pool)
        }
        if map.isBridged == true {
            let left = try await bridge(pool).account(for: accepted, on: pool)
            print(left.text)
            report.breaches += left.complaints
            report.breaches += try await DemoWebhooks(plan: plan).complaints(receiver, on: pool)
        }
        return report
    }

    private func bridge(_ pool: PostgresPool) -> DemoBridge {
        DemoBridge(
            map: map, plan: plan, wait: DemoWait(pool: pool, patience: options.patience))
    }

    /// What became of the orders, by purpose.
    private func tell(_ outcomes: [DemoOutcome], of orders: [DemoOrder]) {
        var table = TextTable("PURPOSE", "SENT", "ACCEPTED", "REFUSED", "REPLAYED")
        for purpose in DemoOrder.Purpose.allCases {
            let these = zip(orders, outcomes).filter { $0.0.purpose == purpose }.map(\.1)
            let accepted = these.count { $0.order != nil }
            table.add(
                "\(purpose)", these.count, accepted, these.count - accepted,
                these.reduce(0) { $0 + $1.replayedCount })
        }
        print(table.text)
    }

    private func say(_ line: String) {
        FileHandle.standardError.write(Data("demo: \(line)\n".utf8))
    }
}
