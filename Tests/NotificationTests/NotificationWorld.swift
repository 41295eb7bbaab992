// SPDX-License-Identifier: MIT

import FoundationEssentials
import HTTPCalls
import Logging
import Orders
import Pipeline
import PostgresStore
import Saga
import TestSupport

@testable import Notification

/// A database with orders in it, and a notification stage on it whose lanes run.
struct NotificationWorld {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    static let pause = Duration.seconds(30)

    let pool: PostgresPool
    /// Of changes, and of retries.
    let handler: NotificationHandler
    let retrying: NotificationHandler
    private let lanes: CallLanes

    struct Options {
        var policy = AddressPolicy.any
        var timeout = Duration.seconds(5)
        var patience = Duration.seconds(5)
        var mail: MailSettings?
        var schedule = RetrySchedule.recommended
    }

    /// Runs `body` while the lanes are at work.
    static func with(
        _ options: Options = Options(),
        _ body: @Sendable @escaping (NotificationWorld) async throws -> Void
    ) async throws {
        let world = try NotificationWorld(options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await world.lanes.run() }
            defer { group.cancelAll() }
            try await body(world)
        }
    }

    private init(_ options: Options) throws {
        let clock = StoppedClock()
        pool = try PrivatePostgres.make().pool
        let store = NotificationStore(pool: pool)
        let callCountMax = 256
        var configuration = HTTPCallerConfiguration(addressPolicy: options.policy)
        configuration.connectionCountMax = callCountMax
        configuration.connectionCountPerHostMax = callCountMax
        let webhooks = WebhookSender(
            caller: HTTPCaller(configuration), timeout: options.timeout, clock: clock)
        let lanes = CallLanes(
            caller: RecipientCaller(
                webhooks: webhooks, mail: options.mail.map { MailSender($0) }, clock: clock),
            store: store, clock: clock, logger: Logger(label: "test"),
            underWayCountMax: callCountMax, pause: Self.pause)
        self.lanes = lanes
        func handler(_ queue: StageQueue) -> NotificationHandler {
            NotificationHandler(
                queue: queue, store: store, lanes: lanes,
                verdicts: TellingVerdicts(schedule: options.schedule, random: { 0 }), clock: clock,
                patience: options.patience, callDurationMax: options.timeout)
        }
        self.handler = handler(.notification)
        retrying = handler(.notificationRetry)
    }

    struct StoppedClock: MeshClock {
        private static let start = Date().timeIntervalSince1970
        func now() -> MeshInstant { MeshInstant(milliseconds: UInt64(Self.start * 1_000)) }
    }

    static var now: MeshInstant { StoppedClock().now() }

    func subscribe(_ tenant: String, _ url: String, secret: String = secret) async throws {
        try await pool.query(
            PostgresStatement(
                "test.subscribe",
                "INSERT INTO webhook_endpoints (tenant, url, secret) VALUES ($1, $2, $3)"),
            [.text(tenant), .text(url), .text(secret)])
    }

    func mailTo(_ tenant: String, _ address: String) async throws {
        try await pool.query(
            PostgresStatement(
                "test.mail-to", "INSERT INTO mail_recipients (tenant, address) VALUES ($1, $2)"),
            [.text(tenant), .text(address)])
    }

    /// An order in status charged, and the step that tells of it.
    func step(
        tenant: String = "acme", attempt: UInt32 = 1, customer: String = "cust-1",
        detail: String = "paid"
    ) async throws -> Step {
        var random = SystemRandomNumberGenerator()
        let id = OrderID(UniqueID.version7(milliseconds: Self.now.milliseconds, using: &random))
        try await pool.query(
            PostgresStatement(
                "test.order",
                """
                INSERT INTO orders (id, created_at, tenant, customer, status, currency,
                    total_minor, items, trace)
                VALUES ($1, order_created_at($1), $2, $3, 'charged', 'USD', 100, '[]', $1)
                """), [.uuid(id.value), .text(tenant), .text(customer)])
        return Self.delivery(
            of: StepMessage(.notify, order: id, status: .charged, detail: detail),
            id: MessageID(id.value), tenant: tenant, attempt: attempt)
    }

    /// The step that comes back from the queue of retries for `message`, sent on by `step`.
    static func retry(_ message: StepMessage, of step: Step, attempt: UInt32 = 1) -> Step {
        delivery(
            of: message, id: OutputID.derive(from: step.delivery.id, output: message),
            tenant: step.delivery.tenant, attempt: attempt, of: 8)
    }

    private static func delivery(
        of message: StepMessage, id: MessageID, tenant: String, attempt: UInt32,
        of attemptsMax: UInt32 = 4
    ) -> Step {
        Step(
            delivery: StepDelivery(
                sequence: 1, token: 1, attempt: attempt, attemptsMax: attemptsMax,
                lease: .seconds(30), id: id, trace: TraceID(message.order.value), tenant: tenant,
                body: []), message: message)
    }

    func records(_ step: Step) async throws -> [[String]] {
        let rows = try await pool.query(
            PostgresStatement(
                "test.records",
                """
                SELECT channel, response_status::text, (delivered_at IS NOT NULL)::text
                FROM notifications WHERE message_id = $1 ORDER BY url
                """), [.uuid((step.message.notice?.message ?? step.delivery.id).value)])
        var records: [[String]] = []
        for row in rows { records.append([try row[0], try row[1], try row[2]]) }
        return records
    }

    func events(_ step: Step) async throws -> [String] {
        let rows = try await pool.query(
            PostgresStatement(
                "test.events",
                "SELECT stage, detail FROM order_events WHERE order_id = $1 ORDER BY number"),
            [.uuid(step.order.value)])
        var events: [String] = []
        for row in rows { events.append("\(try row[0] as String): \(try row[1] as String)") }
        return events
    }

    /// Returns when `condition` holds; false when it does not within half a minute.
    static func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if try await condition() { return true }
            await Task.yield()
        }
        return false
    }
}
