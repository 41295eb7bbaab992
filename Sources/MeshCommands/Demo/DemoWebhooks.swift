// SPDX-License-Identifier: MIT
import Orders
import PostgresStore
import Wire

/// Whether the receiver of webhooks has what the mesh says that it delivered, and nothing else.
struct DemoWebhooks: Sendable {
    let plan: DemoPlan

    private static let delivered = PostgresStatement(
        "demo.delivered",
        """
        SELECT message_id FROM notifications
        WHERE tenant = ANY ($1::text[]) AND channel = 'webhook' AND delivered_at IS NOT NULL
        """)

    func complaints(_ receiver: WebhookReceiver, on pool: PostgresPool) async throws -> [String] {
        let tenants = DemoWorld.plans(of: plan).map(\.tenant)
        var delivered: Set<String> = []
        for row in try await pool.query(Self.delivered, [.texts(tenants)]) {
            let id: UniqueID = try row[0]
            delivered.insert("msg_\(id)")
        }
        let received = receiver.received
        print(
            "webhooks: delivered=\(delivered.count) received=\(received.count) "
                + "again=\(receiver.repeatCount) forged=\(receiver.forgedCount)")
        var complaints: [String] = []
        let missing = delivered.subtracting(received).count
        if missing > 0 { complaints.append("\(missing) webhooks were not received") }
        let unknown = received.subtracting(delivered).count
        if unknown > 0 { complaints.append("\(unknown) webhooks came that nobody recorded") }
        if receiver.forgedCount > 0 { complaints.append("a webhook's signature was wrong") }
        return complaints
    }
}
