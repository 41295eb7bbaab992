// SPDX-License-Identifier: MIT

import FoundationEssentials
import HTTPCalls
import Orders
import Pipeline
import PostgresStore
import Saga
import TestSupport
import Testing

@testable import Notification

@Suite struct NotificationHandlerTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    /// A database with orders in it, and a handler on it.
    private struct World {
        let pool: PostgresPool
        let handler: NotificationHandler

        init(policy: AddressPolicy = .any, timeout: Duration = .seconds(5)) throws {
            let clock = StoppedClock()
            pool = try PrivatePostgres.make().pool
            let caller = HTTPCaller(HTTPCallerConfiguration(addressPolicy: policy))
            handler = NotificationHandler(
                store: NotificationStore(pool: pool),
                sender: WebhookSender(caller: caller, timeout: timeout, clock: clock),
                clock: clock, endpointCountMax: 4)
        }

        func subscribe(_ tenant: String, _ url: String) async throws {
            _ = try await pool.query(
                PostgresStatement(
                    "test.subscribe",
                    "INSERT INTO webhook_endpoints (tenant, url, secret) VALUES ($1, $2, $3)"),
                [.text(tenant), .text(url), .text(secret)])
        }

        /// An order in status charged, and the step that tells of it.
        func step(tenant: String = "acme", attempt: UInt32 = 1) async throws -> Step {
            var random = SystemRandomNumberGenerator()
            let now = MeshInstant(milliseconds: StoppedClock().now().milliseconds)
            let id = OrderID(
                UniqueID.version7(milliseconds: now.milliseconds, using: &random))
            _ = try await pool.query(
                PostgresStatement(
                    "test.order",
                    """
                    INSERT INTO orders (id, created_at, tenant, customer, status, currency,
                        total_minor, items, trace)
                    VALUES ($1, order_created_at($1), $2, 'cust-1', 'charged', 'USD', 100, '[]', $1)
                    """), [.uuid(id.value), .text(tenant)])
            let delivery = StepDelivery(
                sequence: 1, token: 1, attempt: attempt, attemptsMax: 4, lease: .seconds(30),
                id: MessageID(id.value), trace: TraceID(id.value), tenant: tenant, body: [])
            let message = StepMessage(.notify, order: id, status: .charged, detail: "paid")
            return Step(delivery: delivery, message: message)
        }

        func records(_ step: Step) async throws -> [[String]] {
            let rows = try await pool.query(
                PostgresStatement(
                    "test.records",
                    """
                    SELECT channel, response_status::text, (delivered_at IS NOT NULL)::text
                    FROM notifications WHERE message_id = $1 ORDER BY url
                    """), [.uuid(step.delivery.id.value)])
            var records: [[String]] = []
            for row in rows { records.append([try row[0], try row[1], try row[2]]) }
            return records
        }

        func events(_ step: Step) async throws -> [String] {
            let rows = try await pool.query(
                PostgresStatement(
                    "test.events", "SELECT stage, detail FROM order_events WHERE order_id = $1"),
                [.uuid(step.order.value)])
            var events: [String] = []
            for row in rows { events.append("\(try row[0] as String): \(try row[1] as String)") }
            return events
        }
    }

    private struct StoppedClock: MeshClock {
        private static let start = Date().timeIntervalSince1970
        func now() -> MeshInstant { MeshInstant(milliseconds: UInt64(Self.start * 1_000)) }
    }

    @Test func `a tenant is told by a signed call, once, and it is recorded`() async throws {
        let receiver = try await HTTPReceiver { _ in .respond(204) }
        let world = try World()
        try await world.subscribe("acme", receiver.url + "/hook")
        let step = try await world.step()
        #expect(try await world.handler.handle([step]) == [.done()])

        let call = try #require(receiver.requests.first)
        #expect(call.path == "/hook")
        #expect(call.header("webhook-id") == "msg_\(step.delivery.id)")
        #expect(call.header("x-correlation-id") == "\(step.delivery.trace)")
        let timestamp = try #require(call.header("webhook-timestamp").flatMap(Int64.init))
        let expected = WebhookSignature(
            secret: Self.secret, id: "msg_\(step.delivery.id)", timestamp: timestamp,
            body: call.body)
        #expect(call.header("webhook-signature") == expected?.header)
        let body = String(decoding: call.body, as: UTF8.self)
        #expect(body.contains(#""type":"order.charged""#))
        #expect(body.contains(#""order_id":"\#(step.order)""#))
        #expect(body.contains(#""customer_id":"cust-1""#))

        #expect(try await world.records(step) == [["webhook", "204", "true"]])
        let events = try await world.events(step)
        #expect(
            events == [
                "notification: webhook delivered to \(receiver.url)/hook: receiver answered 204"
            ])

        // The settlement was lost and the step comes again: the receiver hears nothing new.
        #expect(try await world.handler.handle([step]) == [.done()])
        #expect(receiver.requests.count == 1)
        try await receiver.stop()
    }

    @Test func `a tenant without an endpoint is recorded as told by nothing`() async throws {
        let world = try World()
        let step = try await world.step()
        #expect(try await world.handler.handle([step]) == [.done()])
        #expect(try await world.records(step) == [["none", "0", "false"]])
    }

    @Test func `a refusal is tried again when the receiver says, under the same id`() async throws {
        let receiver = try await HTTPReceiver { _ in .respond(503, headers: [("Retry-After", "7")])
        }
        let world = try World()
        try await world.subscribe("acme", receiver.url)
        let step = try await world.step()
        let outcomes = try await world.handler.handle([step])
        #expect(outcomes == [.retry("receiver answered 503", after: .seconds(7))])
        _ = try await world.handler.handle([step])
        #expect(Set(receiver.requests.compactMap { $0.header("webhook-id") }).count == 1)
        #expect(receiver.requests.first?.body == receiver.requests.last?.body)
        #expect(try await world.records(step) == [["webhook", "503", "false"]])
        try await receiver.stop()
    }

    @Test func `only the endpoint that failed is called again`() async throws {
        let good = try await HTTPReceiver { _ in .respond(200) }
        let bad = try await HTTPReceiver { _ in .respond(500) }
        let world = try World()
        try await world.subscribe("acme", good.url)
        try await world.subscribe("acme", bad.url)
        let step = try await world.step()
        for _ in 0..<2 { _ = try await world.handler.handle([step]) }
        #expect(good.requests.count == 1)
        #expect(bad.requests.count == 2)
        try await good.stop()
        try await bad.stop()
    }

    @Test func `a silent receiver costs one time-out and delays nobody else`() async throws {
        let silent = try await HTTPReceiver { _ in .silence }
        let prompt = try await HTTPReceiver { _ in .respond(200) }
        let world = try World(timeout: .milliseconds(300))
        try await world.subscribe("slow", silent.url)
        try await world.subscribe("fast", prompt.url)
        var steps: [Step] = []
        for _ in 0..<20 { steps.append(try await world.step(tenant: "slow")) }
        steps.append(try await world.step(tenant: "fast"))
        let outcomes = try await world.handler.handle(steps)
        #expect(silent.requests.count <= NotificationHandler.callsPerEndpointMax)
        #expect(outcomes.last == .done())
        for outcome in outcomes.dropLast() {
            guard case .retry = outcome.verdict else {
                Issue.record("\(outcome)")
                continue
            }
        }
        try await silent.stop()
        try await prompt.stop()
    }

    @Test func `an address inside is refused for good unless it is allowed`() async throws {
        let receiver = try await HTTPReceiver { _ in .respond(200) }
        let world = try World(policy: .publicOnly)
        try await world.subscribe("acme", receiver.url)
        let outcomes = try await world.handler.handle([try await world.step()])
        guard case .dead? = outcomes.first?.verdict else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(receiver.connectionCount == 0)
        try await receiver.stop()
    }

    @Test func `giving up is told to the order's history`() async throws {
        let world = try World()
        let step = try await world.step(attempt: 4)
        let outcome = try await world.handler.givenUp(step, reason: "receiver answered 500")
        #expect(outcome == .retry("receiver answered 500"))
        let events = try await world.events(step)
        #expect(events == ["notification: webhook given up: receiver answered 500"])
    }
}
