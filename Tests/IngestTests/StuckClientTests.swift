// SPDX-License-Identifier: MIT
import HTTPCalls
import Testing

@testable import Ingest

/// Clients that are slow or stuck, over real sockets: each is cut off by one limit, which is set short
/// while the others are out of reach. One at a time: each runs daemons and a database.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StuckClientTests {
    private static func limits(_ short: String) -> [String: String] {
        var limits = ["http.idle": "1h", "http.request": "10m", "http.unread": "10m"]
        limits[short] = "1s"
        return limits
    }

    /// Stands near the end of what is asked for, once.
    private static let answerEnd = #""FieldError": {"#
    /// Means nothing between requests. Who does not read may not hear that he was cut off, unless he
    /// goes on saying something.
    private static let nothing = "\r\n"
    private static let ask = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Runs `body` with a peer; the server serves others while it is there and when it is gone.
    private func withPeer(
        dropByteCount: Int = 65_536, _ short: String,
        _ body: @escaping @Sendable (HTTPPeer) async throws -> Void
    ) async throws {
        let fixture = try IngestFixture()
        try await fixture.run(settings: Self.limits(short)) { door async throws in
            let peer = try await HTTPPeer.connect(
                port: door.httpPort, dropByteCount: dropByteCount)
            try await body(peer)
            #expect(try await door.get("/openapi.json").status == 200)
            try await peer.ended()
            #expect(try await door.get("/openapi.json").status == 200)
        }
    }

    @Test func `a client that says nothing is cut off`() async throws {
        try await withPeer("http.idle") { _ in }
    }

    @Test func `a client that says nothing more is cut off`() async throws {
        try await withPeer("http.idle") { peer in
            peer.send(Self.ask)
            #expect(await peer.hear(Self.answerEnd) != nil)
        }
    }

    @Test(arguments: [
        "GET /orders HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{",
        "POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n{",
    ])
    func `a client whose request never ends is cut off, however busily it comes`(
        beginning: String
    ) async throws {
        try await withPeer("http.request") { peer in
            peer.send(beginning)
            peer.trickle(" ")
        }
    }

    @Test func `a client that does not read what it asked for is cut off`() async throws {
        try await withPeer("http.unread") { peer in
            try await peer.stopReading()
            peer.send(String(repeating: Self.ask, count: 500))
            peer.trickle(Self.nothing)
        }
    }

    @Test func `a client that reads in drops is cut off`() async throws {
        try await withPeer(dropByteCount: 256, "http.unread") { peer in
            try await peer.readInDrops()
            peer.send(String(repeating: Self.ask, count: 500))
            peer.trickle(Self.nothing)
        }
    }

    @Test func `a client that reads what it asks for is served, however much it is`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run(settings: Self.limits("http.unread")) { door async throws in
            let peer = try await HTTPPeer.connect(port: door.httpPort, roomByteCount: 1 << 20)
            for _ in 0..<100 {
                peer.send(Self.ask)
                #expect(await peer.hear(Self.answerEnd) != nil)
            }
            try await peer.close()
        }
    }

    @Test func `a stream that is not read is cut off, and its place is free`() async throws {
        let fixture = try IngestFixture()
        let settings = Self.limits("http.unread").merging(["watches.tenant": "1"]) { $1 }
        try await fixture.run(settings: settings) { door async throws in
            let id = try await door.placeOrder()
            let peer = try await HTTPPeer.connect(port: door.httpPort)
            peer.send(EventStreamTests.request(id))
            #expect(await peer.hear("event: accepted") != nil)
            try await peer.stopReading()
            peer.trickle(Self.nothing)
            // More than the kernel keeps for one connection, in fewer events than the hub does.
            let detail = String(repeating: "x", count: 100_000)
            try await fixture.append(
                Array(repeating: "reserved", count: 200), to: id, detail: detail)
            try await peer.ended()
            // A stream ends with a final event.
            try await fixture.append(["rejected"], to: id, from: 202)
            #expect(try await door.stream(id, after: "201") == 200)
        }
    }
}
