// SPDX-License-Identifier: MIT
import Daemon
import HTTPCalls
import Logging
import Orders
import Pipeline
import Saga
import ServiceLifecycle
import StageTestSupport
import Synchronization
import TestSupport
import Testing

@testable import Payment

/// Stripe's calls, over real HTTP, signed as Stripe signs them.
@Suite struct StripeWebhookTests {
    private static let secret = StripeSecret("whsec_of_a_test")
    private static let now = MeshInstant(milliseconds: 1_800_000_000_000)

    private struct StillClock: MeshClock {
        func now() -> MeshInstant { StripeWebhookTests.now }
    }

    private let fixture: StripeFixture

    init() throws { fixture = try StripeFixture() }

    private func event(
        _ type: String, key: String?, object: String = "payment_intent", id: String = "pi_1",
        intent: String? = nil
    ) -> [UInt8] {
        let metadata = key.map { #""metadata": {"provider_key": "\#($0)"}"# } ?? #""metadata": {}"#
        let intent = intent.map { #", "payment_intent": "\#($0)""# } ?? ""
        return Array(
            """
            {"id": "evt_1", "type": "\(type)", "data": {"object":
             {"id": "\(id)", "object": "\(object)", "status": "succeeded", \(metadata)\(intent)}}}
            """.utf8)
    }

    private func header(_ body: [UInt8], at seconds: Int64 = 1_800_000_000) -> String {
        let digest = StripeSignature.digest(of: body, at: seconds, secret: Self.secret)
        let hex = digest.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
        return "t=\(seconds),v1=\(hex.joined())"
    }

    /// Runs the door, and calls it as often as `body` says.
    private func withDoor(
        _ calls: (@Sendable ([UInt8], String?) async throws -> (Int, String)) async throws -> Void
    ) async throws {
        let (ports, found) = AsyncStream<Int>.makeStream()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = DaemonContext(embedding: "paymentd", logger: logger, clock: StillClock()) {
            if $0 == "webhook" { found.yield($1) }
        }
        let settings = StripeWebhookSettings(
            listen: ListenSettings(host: "127.0.0.1", port: 0), secret: Self.secret,
            tolerance: .seconds(300))
        let reconciler = PaymentReconciler(fixture.stage(), logger: logger)
        let server = StripeWebhookServer(
            settings, reconciler, pool: fixture.orders.pool, context)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let port = try #require(await ports.first { _ in true })
            let caller = HTTPCaller()
            try await calls { body, signature in
                var request = HTTPRequest(
                    method: "POST", url: "http://127.0.0.1:\(port)/stripe/webhook", body: body)
                if let signature { request.headers.append(("Stripe-Signature", signature)) }
                let response = try await caller.perform(request)
                return (response.status, String(decoding: response.body, as: UTF8.self))
            }
            group.cancelAll()
        }
    }

    /// An order that Stripe has charged without our knowing.
    private func lostCharge() async throws -> Charge {
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        let stage = fixture.stage()
        let step = fixture.orders.step(.init(.charge, order: charge.order))
        _ = await stage.ask(try await stage.open([step]))
        return charge
    }

    @Test func `an event has Stripe asked, and a second one finds it done`() async throws {
        let charge = try await lostCharge()
        let body = event("payment_intent.succeeded", key: charge.key.text)
        try await withDoor { call in
            #expect(try await call(body, header(body)) == (200, #"{"outcome":"settled"}"#))
            #expect(try await fixture.orders.status(charge.order) == .charged)
            for _ in 0..<3 {
                let again = try await call(body, header(body))
                #expect(again == (200, #"{"outcome":"settled_before"}"#))
            }
        }
        #expect(try await fixture.net(charge.order) == 1000)
        #expect(try await fixture.orders.events(charge.order) == ["charging", "charged"])
    }

    @Test func `what an event claims is not believed`() async throws {
        try await fixture.card(.declined)
        let charge = try await fixture.charge()
        let stage = fixture.stage()
        let step = fixture.orders.step(.init(.charge, order: charge.order))
        _ = await stage.ask(try await stage.open([step]))
        let body = event("payment_intent.succeeded", key: charge.key.text)
        try await withDoor { call in
            let answer = try await call(body, header(body))
            #expect(answer.0 == 200)
        }
        #expect(try await fixture.orders.status(charge.order) == .declined)
    }

    @Test func `a refund's event leads to its charge by the intent`() async throws {
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        let stage = fixture.stage()
        let step = fixture.orders.step(.init(.charge, order: charge.order))
        _ = try await stage.handle([step])
        // The refund is made; its answer was never written down.
        let work = try #require(try await stage.beginReversal(of: step, detail: "full"))
        _ = await stage.provider.reverse([work.charge])
        let intent = try #require(try await fixture.intents(of: charge.order).first)
        let body = event(
            "charge.refunded", key: nil, object: "charge", id: "ch_1", intent: intent.id)
        try await withDoor { call in
            let answer = try await call(body, header(body))
            #expect(answer == (200, #"{"outcome":"settled"}"#))
        }
        #expect(try await fixture.payments(of: [charge.order]) == ["reversed 1"])
        #expect(try await fixture.net(charge.order) == 0)
    }

    @Test func `whoever is not Stripe, or is late, is refused by name and changes nothing`()
        async throws
    {
        let charge = try await lostCharge()
        let body = event("payment_intent.succeeded", key: charge.key.text)
        let other = event("payment_intent.succeeded", key: "another")
        let huge = [UInt8](repeating: 0x20, count: StripeWebhookServer.bodyByteCountMax + 1)
        let table: [([UInt8], String?, Int, StripeWebhookRefusal)] = [
            (body, nil, 400, .unsigned), (body, "", 400, .unsigned),
            (body, "t=1,v1=00", 400, .unsigned),
            (body, "v1=" + String(repeating: "0", count: 64), 400, .unsigned),
            (body, "t=1800000000,v1=" + String(repeating: "0", count: 64), 401, .forged),
            (body, header(other), 401, .forged),
            (body, header(body, at: 1_800_000_000 - 301), 400, .stale),
            (body, header(body, at: 1_800_000_000 + 301), 400, .stale),
            (body, header(body, at: .max), 400, .stale),
            (Array("[]".utf8), header(Array("[]".utf8)), 400, .malformed),
            (other, header(other), 404, .unknownCharge),
            (huge, header(huge), 413, .tooLarge),
        ]
        try await withDoor { call in
            for (body, signature, status, refusal) in table {
                let answer = try await call(body, signature)
                #expect(answer == (status, #"{"error":"\#(refusal.rawValue)"}"#))
            }
            let foreign = event("payment_intent.succeeded", key: nil)
            #expect(try await call(foreign, header(foreign)) == (200, #"{"outcome":"ignored"}"#))
            let kind = event("customer.created", key: nil, object: "customer")
            #expect(try await call(kind, header(kind)) == (200, #"{"outcome":"ignored"}"#))
        }
        #expect(try await fixture.orders.status(charge.order) == .charging)
    }

    @Test func `one good signature among old ones is enough, as while a secret is rolled`() throws {
        let body = event("payment_intent.succeeded", key: "k")
        let good = header(body)
        let old = "v1=" + String(repeating: "ab", count: 32)
        let both = try #require(StripeSignature(header: "\(old),\(good),v0=zz"))
        #expect(both.isOf(body, secret: Self.secret))
        #expect(both.isFresh(at: Self.now, tolerance: .seconds(300)))
        #expect(StripeSignature(header: String(repeating: "v1=\(old),", count: 40) + good) == nil)
    }

    @Test func `Stripe's stand-in calls, and the call is heard`() async throws {
        let received = try await HTTPReceiver { _ in .respond(200) }
        // localstripe signs as Stripe does: its own call is what is checked.
        try await fixture.announce(to: received.url, secret: Self.secret.text)
        let charge = try await lostCharge()
        var request: HTTPReceiver.Request
        var event: StripeEvent
        repeat {
            // Others may be told of too: it calls a second after each charge.
            request = try await #require(received.next())
            let signature = try #require(
                request.header("Stripe-Signature").flatMap(StripeSignature.init(header:)))
            #expect(signature.isOf(request.body, secret: Self.secret))
            event = try #require(StripeIntent.decode(StripeEvent.self, request.body))
        } while event.key != charge.key.text
        #expect(event.type == "payment_intent.succeeded")
        let signed = StripeSignature(header: try #require(request.header("Stripe-Signature")))
        let digest = StripeSignature.digest(
            of: request.body + [0], at: try #require(signed).timestamp, secret: Self.secret)
        #expect(signed?.digests != [digest], "another body has another signature")
        try await received.stop()
    }
}
