// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls
import Testing

@testable import Ingest

/// Streams of server-sent events: how long they live, and how many. One at a time: each runs daemons
/// and a database.
@Suite(.serialized, .timeLimit(.minutes(3))) struct EventStreamTests {
    static func request(_ order: String) -> String {
        "GET /orders/\(order)/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n"
    }

    @Test func `a stream on which nothing happens says that it goes on`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run(settings: ["http.heartbeat": "1s"]) { door async throws in
            let id = try await door.placeOrder()
            let peer = try await HTTPPeer.connect(port: door.httpPort)
            peer.send(Self.request(id))
            #expect(await peer.hear("event: accepted") != nil)
            for _ in 0..<2 { #expect(await peer.hear("\r\n:\n\n\r\n") != nil) }
            // It does go on.
            try await fixture.append(["rejected"], to: id)
            #expect(await peer.hear("event: rejected") != nil)
            try await peer.ended()
        }
    }

    @Test func `a tenant has so many streams and no more, until one of their clients is gone`()
        async throws
    {
        let fixture = try IngestFixture()
        try await fixture.run(settings: ["watches.tenant": "2"]) { door async throws in
            let id = try await door.placeOrder()
            var peers: [HTTPPeer] = []
            for _ in 0..<2 {
                let peer = try await HTTPPeer.connect(port: door.httpPort)
                peer.send(Self.request(id))
                #expect(await peer.hear("event: accepted") != nil)
                peers.append(peer)
            }
            #expect(try await door.stream(id, isPatient: false) == 429)
            let foreign = try await door.placeOrder(of: "other")
            try await fixture.append(["rejected"], to: foreign)
            #expect(try await door.stream(foreign, tenant: "other") == 200)
            try await peers[0].close()
            try await fixture.append(["rejected"], to: id)
            #expect(try await door.stream(id) == 200)
        }
    }
}

extension IngestFixture.Door {
    private struct Placed: Decodable {
        let orderID: String

        private enum CodingKeys: String, CodingKey { case orderID = "order_id" }
    }

    /// Places an order and tells its id.
    func placeOrder(of tenant: String = "default") async throws -> String {
        let item = #"{"product_id": "P", "quantity": 1, "price": 1}"#
        let answer = try await post(
            #"{"customer_id": "c", "tenant_id": "\#(tenant)", "items": [\#(item)]}"#)
        return try JSONDecoder().decode(Placed.self, from: Data(answer.body)).orderID
    }

    /// The status of a stream's answer, when it has ended; comes again while there are too many, if
    /// it is patient.
    func stream(
        _ order: String, tenant: String = "default", after: String = "0", isPatient: Bool = true
    ) async throws -> Int {
        var status: Int
        repeat {
            status = try await get(
                "/orders/\(order)/events?tenant_id=\(tenant)",
                headers: [("Accept", "text/event-stream"), ("Last-Event-ID", after)]
            ).status
        } while isPatient && status == 429
        return status
    }
}
