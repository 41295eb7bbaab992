// SPDX-License-Identifier: MIT
import Foundation
import OrderMeshClient
import Orders
import PostgresStore
import ServiceClients
import Sessions
import Wire

/// What people want to see once the sums hold: a decline that was compensated, dead letters redriven,
/// one order from request to webhook.
struct DemoStory: Sendable {
    let map: MeshMap
    let plan: DemoPlan
    let receiver: WebhookReceiver
    let client: ClientOrderRoute

    private static let queue = "notification-retry"

    func tell(_ outcomes: [DemoOutcome], on pool: PostgresPool) async throws {
        try await redrive(pool)
        try await explain(.broke, "a decline, compensated: its stock is back", outcomes)
        try await explain(.ordinary, "one order, from request to webhook", outcomes)
        print(
            "\nwebhooks: \(receiver.receivedCount) taken, \(receiver.repeatCount) came again, "
                + "\(receiver.forgedCount) forged")
    }

    /// The webhooks of one tenant failed until they were dead; its receiver is mended.
    private func redrive(_ pool: PostgresPool) async throws {
        let wait = DemoWait(pool: pool, patience: .seconds(120))
        try await withBroker { broker in
            try await wait.until("webhooks to be delivered or dead") {
                try await Self.isAtRest(broker)
            }
            let letters = try await broker.deadLetters(of: Self.queue, limit: 1000)
            print("\n\(letters.count) dead letters in \(Self.queue), the first:")
            if let first = letters.first { print(DeadLetterText.describe(first)) }
            receiver.setDown(false, for: plan.tenant("silent"))
            let request = Redrive(
                Self.queue, who: "demo", why: "the receiver is up again")
            let count = try await broker.redrive(request).count
            try await wait.until("redriven webhooks to be delivered") {
                try await Self.isAtRest(broker)
            }
            let left = try await broker.stats(of: Self.queue).queues.first?.dead ?? 0
            print("\(count) redriven, \(left) dead afterwards")
        }
    }

    private static func isAtRest(_ broker: BrokerClient) async throws -> Bool {
        for name in ["notification", queue] {
            guard let queue = try await broker.stats(of: name).queues.first,
                queue.ready == 0 && queue.leased == 0 && queue.delayed == 0
            else { return false }
        }
        return true
    }

    private func withBroker(
        _ body: @escaping @Sendable (BrokerClient) async throws -> Void
    ) async throws {
        let connection = try MeshOptions.connection(to: "brokerd", of: map)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await connection.run() }
            defer { group.cancelAll() }
            try await body(BrokerClient(connection))
        }
    }

    private func explain(
        _ purpose: DemoOrder.Purpose, _ title: String, _ outcomes: [DemoOutcome]
    ) async throws {
        let chosen = zip(plan.orders, outcomes).first { order, outcome in
            order.purpose == purpose && outcome.order != nil
        }
        guard let (order, outcome) = chosen, let id = outcome.order,
            let reference = MeshOrderID(id.description), let mesh = client.clients[order.tenant]
        else { return }
        print("\n== \(title)\n" + OrderText.story(try await mesh.order(reference)))
    }
}
