// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls
import Orders
import TestSupport
import Testing
import Wire

@testable import Ingest

/// One at a time: each runs daemons and a database.
@Suite(.serialized) struct HTTPEdgeTests {
    /// The seed's command, as written.
    private let seedOrder = """
        {
          "action": "place_order",
          "customer_id": "cust-123",
          "items": [{"product_id": "PROD-001", "quantity": 2, "price": 10.0}],
          "tenant_id": "default",
          "idempotency_key": "idem-123"
        }
        """
    private let seedLimit = #"{"action": "check_rate_limit", "tenant_id": "default"}"#

    private func order(_ quantity: String, price: String) -> String {
        let item = #"{"product_id": "P", "quantity": \#(quantity), "price": \#(price)}"#
        return #"{"customer_id": "c", "items": [\#(item)]}"#
    }

    private struct Body: Decodable {
        let orderID: String?
        let status: Status?
        let code: String?
        let correlationID: String?
        let effect: String?
        let total: String?
        let remaining: Int?
        let retryAfterMilliseconds: Int?
        let events: [Event]?

        private enum CodingKeys: String, CodingKey {
            case status, code, effect, total, remaining, events
            case orderID = "order_id"
            case retryAfterMilliseconds = "retry_after_ms"
            case correlationID = "correlation_id"
        }

        struct Event: Decodable {
            let status: String
        }

        /// A word in answers, a number in problems.
        enum Status: Decodable, Equatable {
            case word(String)
            case number(Int)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    self = .number(number)
                } else {
                    self = .word(try container.decode(String.self))
                }
            }
        }
    }

    private func body(_ response: HTTPResponse) throws -> Body {
        try JSONDecoder().decode(Body.self, from: Data(response.body))
    }

    @Test func `the seed's order is accepted, repeated, and read back`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            let first = try await door.post(seedOrder)
            let placed = try body(first)
            #expect(first.status == 202)
            #expect(placed.status == .word("accepted"))
            let location = try #require(first.header("Location"))
            #expect(first.header("X-Correlation-ID") == placed.correlationID)
            let second = try await door.post(seedOrder)
            #expect(second.status == 200)
            #expect(second.header("Idempotency-Replayed") == "true")
            #expect(try body(second).orderID == placed.orderID)
            #expect(try body(second).correlationID == placed.correlationID)
            let read = try await door.get(location)
            #expect(read.status == 200)
            #expect(try body(read).total == "20.00")
            #expect(try body(read).events?.map(\.status) == ["accepted"])
        }
        #expect(try await fixture.count("orders") == 1)
    }

    @Test func `the seed's question about the limit takes nothing`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run(burst: 7) { door async throws in
            for _ in 0..<10 {
                let answer = try await door.post(seedLimit)
                #expect(answer.status == 200)
                #expect(try body(answer).remaining == 7)
                #expect(answer.header("RateLimit") == #""tenant";r=7;t=0"#)
                #expect(answer.header("RateLimit-Policy") == #""tenant";q=7;w=1"#)
            }
        }
    }

    @Test func `a correlation id goes all the way, and a different body is refused with 422`()
        async throws
    {
        let fixture = try IngestFixture()
        let trace = "018f6f5e-7c1a-7b3c-9d2e-5f4a3b2c1d0e"
        try await fixture.run { door async throws in
            let headers = [("X-Correlation-ID", trace), ("Idempotency-Key", "\"from-header\"")]
                .map { (name: $0.0, value: $0.1) }
            let placed = try await door.post(order("1", price: "1.5"), headers: headers)
            #expect(placed.status == 202)
            #expect(placed.header("X-Correlation-ID") == trace)
            #expect(fixture.broker.published.map(\.trace.description) == [trace])
            let other = try await door.post(order("2", price: "1.5"), headers: headers)
            #expect(other.status == 422)
            #expect(other.header("Content-Type") == "application/problem+json")
            #expect(try body(other).code == "key_conflict")
        }
    }

    @Test(arguments: [
        "{", "[]", "{}", #"{"customer_id": "c", "items": []}"#, #"{"action": "dance"}"#,
        #"{"customer_id": 7, "items": []}"#,
    ])
    func `a body that is no order is a problem and stores nothing`(text: String) async throws {
        try await expectProblem(text)
    }

    @Test(arguments: [
        ("-1", "1"), ("0", "1"), ("1.5", "1"), ("1", "1e400"), ("1", "-1"), ("1", "0.001"),
        ("1000000", "9999999999999.99"), ("1", "99999999999999999999"),
    ])
    func `a quantity or price that cannot be is a problem and stores nothing`(
        quantity: String, price: String
    ) async throws {
        try await expectProblem(order(quantity, price: price))
    }

    private func expectProblem(_ text: String) async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            let answer = try await door.post(text)
            #expect(answer.status == 400)
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(try body(answer).status == .number(400))
            #expect(try body(answer).correlationID == answer.header("X-Correlation-ID"))
        }
        #expect(try await fixture.count("orders") == 0)
        #expect(try await fixture.count("idempotency_keys") == 0)
    }

    @Test func `too long, not JSON, and unknown are told apart`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            let item = #"{"product_id": "P", "quantity": 1, "price": 1},"#
            let long = String(repeating: item, count: 40_000)
            #expect(try await door.post(#"{"items": [\#(long)]}"#).status == 413)
            #expect(try await door.post(seedOrder, type: "text/plain").status == 415)
            let unknown = "/orders/018f6f5e-7c1a-7b3c-9d2e-5f4a3b2c1d0e"
            #expect(try await door.get(unknown).status == 404)
            #expect(try await door.get("/orders/nonsense").status == 404)
        }
    }

    @Test func `what no route serves is a problem too, and says which method would`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            let order = "/orders/018f6f5e-7c1a-7b3c-9d2e-5f4a3b2c1d0e"
            for (path, allow) in [("/orders", "POST"), (order, nil), ("/", nil), ("/nope", nil)] {
                let answer = try await door.get(path)
                #expect(answer.status == (allow == nil ? 404 : 405), "\(path)")
                #expect(answer.header("Allow") == allow, "\(path)")
                #expect(answer.header("Content-Type") == "application/problem+json", "\(path)")
                #expect(try body(answer).correlationID == answer.header("X-Correlation-ID"))
            }
        }
    }

    @Test func `two orders without a key under one correlation id are two orders`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            let headers = [
                (name: "X-Correlation-ID", value: "018f6f5e-7c1a-7b3c-9d2e-5f4a3b2c1d0e")
            ]
            for _ in 0..<2 {
                let answer = try await door.post(order("1", price: "1"), headers: headers)
                #expect(answer.status == 202)
            }
        }
        #expect(try await fixture.count("orders") == 2)
    }

    @Test func `refusals say when to come back`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run(burst: 1) { door async throws in
            var refused: HTTPResponse?
            for index in 0..<20 where refused == nil {
                let answer = try await door.post(
                    seedOrder, headers: [(name: "Idempotency-Key", value: "idem-123")])
                if answer.status == 429 { refused = answer }
                if index == 0 {
                    #expect(answer.status == 202)
                    #expect(answer.header("RateLimit") == #""tenant";r=0;t=1"#)
                    #expect(answer.header("RateLimit-Policy") == #""tenant";q=1;w=1"#)
                }
            }
            let answer = try #require(refused)
            // A token a second, and up to half as long again.
            let seconds = try #require(answer.header("Retry-After").flatMap(Int.init))
            #expect((1...2).contains(seconds))
            #expect(answer.header("RateLimit") == #""tenant";r=0;t=\#(seconds)"#)
            #expect(answer.header("RateLimit-Policy") == #""tenant";q=1;w=1"#)
            let milliseconds = try #require(try body(answer).retryAfterMilliseconds)
            #expect((milliseconds + 999) / 1_000 == seconds)
            #expect(try body(answer).effect == "not_applied")
        }
        fixture.broker.become(.full)
        try await fixture.run { door async throws in
            let answer = try await door.post(
                seedOrder.replacing("idem-123", with: "idem-124"))
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") != nil)
            #expect(try body(answer).code == "overloaded")
        }
    }

    @Test func `a story is streamed until the order is final`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run { door async throws in
            let placed = try body(try await door.post(seedOrder))
            let id = try #require(placed.orderID)
            async let stream = door.get(
                "/orders/\(id)/events", headers: [(name: "Accept", value: "text/event-stream")])
            try await fixture.append(["reserved", "charging", "charged", "fulfilled"], to: id)
            let answer = try await stream
            #expect(answer.header("Content-Type") == "text/event-stream")
            let text = String(decoding: answer.body, as: UTF8.self)
            let ids = text.split(separator: "\n").filter { $0.hasPrefix("id: ") }
            #expect(ids == ["id: 1", "id: 2", "id: 3", "id: 4", "id: 5"])
            // Who comes back goes on where it was.
            let rest = try await door.get(
                "/orders/\(id)/events",
                headers: [
                    (name: "Accept", value: "text/event-stream"),
                    (name: "Last-Event-ID", value: "4"),
                ])
            #expect(String(decoding: rest.body, as: UTF8.self).contains("id: 5"))
            #expect(!String(decoding: rest.body, as: UTF8.self).contains("id: 4"))
        }
    }
}
