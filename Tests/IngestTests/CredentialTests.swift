// SPDX-License-Identifier: MIT
import HTTPCalls
import NIOCore
import Orders
import PostgresStore
import SecureTransport
import TestSupport
import Testing

@testable import Ingest

/// Who may speak over HTTP, and for whom. One at a time: each runs daemons and a database.
@Suite(.serialized) struct CredentialTests {
    private let key = APIKey(id: 0xABC, secret: Array(repeating: 7, count: 32))

    private func order(of tenant: String?) -> String {
        let named = tenant.map { #""tenant_id": "\#($0)", "# } ?? ""
        return
            #"{\#(named)"customer_id": "c", "items": [{"product_id": "P", "quantity": 1, "price": 1}]}"#
    }

    private func make(_ key: APIKey, in fixture: IngestFixture) async throws {
        try await fixture.database.pool.query(
            PostgresStatement(
                "test.key",
                "INSERT INTO api_keys (id, tenant, secret_hash, made_by) VALUES ($1, 'acme', $2, 't')"
            ),
            [.text(key.id), .bytes(Digest.sha256(key.secret))])
    }

    /// Asks until the answer has `status`; a change counts within a second.
    private func await(
        _ status: Int, _ door: IngestFixture.Door, _ key: APIKey, tenant: String? = nil
    ) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < end {
            let answer = try await door.post(
                order(of: tenant), headers: [("Authorization", "Bearer \(key.text)")])
            if answer.status == status { return true }
        }
        return false
    }

    @Test func `a key speaks for its tenant alone, until it is revoked`() async throws {
        let fixture = try IngestFixture()
        try await make(key, in: fixture)
        try await fixture.run(settings: ["http.anonymous": "false"]) { door async throws in
            #expect(try await self.await(202, door, key))
            let header = [(name: "X-API-Key", value: key.text)]
            #expect(try await door.post(order(of: "acme"), headers: header).status == 202)
            #expect(try await door.post(order(of: "other"), headers: header).status == 403)
            let bare = try await door.post(order(of: "acme"))
            #expect(bare.status == 401)
            #expect(bare.header("WWW-Authenticate") == "Bearer")
            let forged = APIKey(id: 0xABC, secret: Array(repeating: 8, count: 32))
            #expect(try await self.await(401, door, forged))
            try await fixture.database.pool.query(
                PostgresStatement("test.revoke", "UPDATE api_keys SET revoked_at = now()"))
            #expect(try await self.await(401, door, key))
        }
        #expect(try await fixture.count("orders", where: "tenant = 'acme'") >= 2)
        #expect(try await fixture.count("orders", where: "tenant <> 'acme'") == 0)
    }

    @Test func `a client that trickles its request in is cut off`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run(settings: ["http.request": "1s"]) { door async throws in
            let started = ContinuousClock.now
            // One has only headers, without an end; the other a body that does not come.
            let heads = [
                "POST /orders HTTP/1.1\r\nHost: a\r\nX-Slow: ", Self.head(byteCount: 1_000),
            ]
            for head in heads {
                let peer = try await RawPeer.connect(port: door.httpPort, tls: nil)
                peer.send(ByteBuffer(string: head))
                try await peer.ended()
            }
            #expect(ContinuousClock.now - started < .seconds(30))
            #expect(try await door.post(order(of: "acme")).status == 202)
        }
    }

    private static func head(byteCount: Int) -> String {
        "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(byteCount)\r\n\r\n"
    }

    @Test func `over HTTPS a certificate speaks for its tenant, and without one there is no entry`()
        async throws
    {
        let fixture = try IngestFixture()
        let settings = ["http.anonymous": "false", "http.tls": "true"]
        try await fixture.run(settings: settings) { door async throws in
            for (identity, tenant, status) in [
                (PeerIdentity.tenant("acme"), "acme", "202"),
                (.tenant("acme"), "other", "403"), (.operator("alice"), "other", "202"),
            ] {
                let body = order(of: tenant)
                let request = Self.head(byteCount: body.utf8.count) + body
                let answer = try await door.exchange(request, as: identity)
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(identity): \(answer)")
            }
        }
        #expect(try await fixture.count("orders", where: "tenant = 'acme'") == 1)
        #expect(try await fixture.count("orders", where: "tenant = 'other'") == 1)
    }
}
