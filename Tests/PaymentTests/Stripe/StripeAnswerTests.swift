// SPDX-License-Identifier: MIT
import Orders
import Saga
import StageTestSupport
import TestSupport
import Testing

@testable import Payment

/// What each answer of Stripe's is taken for, from a server that gives just that answer.
@Suite struct StripeAnswerTests {
    private enum Kind: Equatable { case charged, declined, unavailable, unknown }

    private static func kind(_ answer: ChargeAnswer) -> Kind {
        switch answer {
        case .charged: .charged
        case .declined: .declined
        case .unavailable: .unavailable
        case .unknown: .unknown
        }
    }

    private static func error(_ type: String, _ code: String? = nil, _ decline: String? = nil)
        -> String
    {
        let code = code.map { #", "code": "\#($0)""# } ?? ""
        let decline = decline.map { #", "decline_code": "\#($0)""# } ?? ""
        return #"{"error": {"type": "\#(type)", "message": "m"\#(code)\#(decline)}}"#
    }

    private static let table: [(Int, String, Kind)] = [
        (402, error("card_error", "card_declined", "insufficient_funds"), .declined),
        (402, error("card_error", "expired_card"), .declined),
        (402, "<html>", .unknown),
        (400, error("idempotency_error"), .unknown),
        (409, error("idempotency_error", "idempotency_key_in_use"), .unknown),
        (409, "", .unknown),
        (400, error("invalid_request_error", "resource_missing"), .declined),
        (400, error("invalid_request_error", "amount_too_small"), .declined),
        (400, error("invalid_request_error", "parameter_unknown"), .unavailable),
        (404, error("invalid_request_error"), .declined),
        (404, "no such page", .unavailable),
        (401, error("invalid_request_error"), .unavailable),
        (403, "", .unavailable),
        (429, error("invalid_request_error", "rate_limit"), .unavailable),
        (429, error("invalid_request_error", "lock_timeout"), .unavailable),
        (500, error("api_error"), .unknown),
        (502, "", .unknown), (503, "", .unknown), (504, "<html>", .unknown),
        (302, "", .unknown),
        (200, "", .unknown), (200, "{}", .unknown), (200, #"{"id": "pi_1"}"#, .unknown),
    ]

    @Test func `every answer is taken for what it says about the money`() async throws {
        let fixture = try StripeFixture()
        try await fixture.card(.good)
        for (status, body, kind) in Self.table {
            let server = try await HTTPReceiver { _ in
                .respond(status, headers: [("Request-Id", "req_7")], body: Array(body.utf8))
            }
            let answer = await fixture.provider(at: server.url).charge([
                try await fixture.charge()
            ])[0]
            #expect(Self.kind(answer) == kind, "\(status) \(body): \(answer)")
            try await server.stop()
        }
    }

    @Test(arguments: [
        ("succeeded", Kind.charged, 1000, "usd"), ("succeeded", .unknown, 999, "usd"),
        ("succeeded", .unknown, 1000, "eur"), ("processing", .unknown, 1000, "usd"),
        ("requires_capture", .unknown, 1000, "usd"),
        ("requires_payment_method", .declined, 1000, "usd"),
        ("canceled", .declined, 1000, "usd"), ("of a later version", .unknown, 1000, "usd"),
    ])
    private func `an intent is taken for charged only when it has taken just this`(
        _ status: String, _ kind: Kind, _ amount: Int, _ currency: String
    ) async throws {
        let fixture = try StripeFixture()
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        let body = """
            {"id": "pi_7", "amount": \(amount), "currency": "\(currency)", "status": "\(status)",
             "metadata": {"provider_key": "\(charge.key.text)"}, "latest_charge": null}
            """
        let server = try await HTTPReceiver { _ in .respond(200, body: Array(body.utf8)) }
        let answer = await fixture.provider(at: server.url).charge([charge])[0]
        #expect(Self.kind(answer) == kind, "\(answer)")
        try await server.stop()
    }

    @Test func `the request names version, key and account, and no error shows the secret`()
        async throws
    {
        let fixture = try StripeFixture()
        try await fixture.card(.good)
        let charge = try await fixture.charge()
        let server = try await HTTPReceiver { _ in .respond(401, body: Array("{}".utf8)) }
        let provider = fixture.provider(at: server.url)
        let answer = await provider.charge([charge])[0]
        let request = try #require(server.requests.first)
        #expect(request.header("Authorization") == "Bearer \(StripeFixture.secret)")
        #expect(request.header("Idempotency-Key") == charge.key.text)
        #expect(request.header("Stripe-Version") == StripeConfiguration.version)
        try await server.stop()
        // Nobody listens there any more.
        let dead = await fixture.provider(at: server.url).charge([try await fixture.charge()])[0]
        #expect(Self.kind(dead) == .unavailable)
        var shown = "\(answer) \(dead) \(provider) \(String(reflecting: provider))"
        dump(provider, to: &shown)
        #expect(!shown.contains(StripeFixture.secret))
        #expect(shown.contains("<redacted>"))
    }
}
