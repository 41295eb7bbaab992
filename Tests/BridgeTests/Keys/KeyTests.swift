// SPDX-License-Identifier: MIT
import Daemon
import NIOCore
import Orders
import SecureTransport
import ServiceClients
import Sessions
import Testing
import Wire

@testable import Bridge

/// `protocol/keys.md`, over real sessions, on the stand-in for AWS.
@Suite struct KeyTests {
    private static func key(
        _ name: String, _ body: UInt8 = 1, of tenant: String = "acme"
    ) -> NamedKey {
        let now = WallClock().now().milliseconds
        return NamedKey(
            tenant: tenant, key: name, fingerprint: ByteBuffer(repeating: body, count: 32),
            order: .version7(
                milliseconds: now, random: (.random(in: 0 ... .max), .random(in: 0 ... .max))),
            expiresMilliseconds: now + 600_000)
    }

    @Test func `a key names one order to every daemon that asks [K-1] [K-2] [K-6]`() async throws {
        try await BridgeFixture().run { clients in
            let first = Self.key("cart")
            let one = try clients.keys(as: .service("ingestd"))
            let other = try clients.keys(as: .service("ingestd"))
            let fresh = try await one.claim(first)
            #expect(fresh.code == 0 && !fresh.repeated && fresh.order == first.order)
            // Again, as after an answer that was lost; and by another daemon.
            #expect(try await one.claim(first) == fresh)
            let repeated = try await other.claim(Self.key("cart"))
            #expect(repeated.repeated && repeated.order == first.order)
            #expect(repeated.expiresMilliseconds == first.expiresMilliseconds)
            let conflict = try await other.claim(Self.key("cart", 2))
            #expect(WireErrorCode(rawValue: conflict.code) == .keyConflict)
            #expect(conflict.order == .zero && conflict.expiresMilliseconds == 0)
        }
    }

    @Test func `the same key of another tenant is another key [K-7]`() async throws {
        try await BridgeFixture().run { clients in
            let client = try clients.keys(as: .service("ingestd"))
            // Whatever stands between tenant and key, it must not be taken for a part of them.
            let keys = [
                Self.key("a/b", of: "acme"), Self.key("a/b", 2, of: "globex"),
                Self.key("b", 3, of: "acme-a"), Self.key("acme/a/b", 4, of: "acme"),
            ]
            let results = try await client.claim(keys)
            #expect(results.map(\.order) == keys.map(\.order))
            #expect(results.allSatisfy { $0.code == 0 && !$0.repeated })
        }
    }

    @Test func `claims made together go together, and each gets its own answer [K-5]`()
        async throws
    {
        try await BridgeFixture().run { clients in
            let client = try clients.keys(as: .service("ingestd"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let key = Self.key("together-\(index)")
                        let result = try await client.claim(key)
                        #expect(result.code == 0 && result.order == key.order)
                    }
                }
                try await group.waitForAll()
            }
            var bad = Self.key("bad")
            bad.tenant = "No Tenant"
            let good = Self.key("good")
            let results = try await client.claim([bad, good])
            #expect(results.map(\.code) == [WireErrorCode.badKey.rawValue, 0])
        }
    }

    @Test func `only ingestd and operators claim, only operators list [K-8]`() async throws {
        try await BridgeFixture().run { clients in
            for peer in [PeerIdentity.service("paymentd"), .tenant("acme")] {
                let client = try clients.keys(as: peer)
                let claim = await #expect(throws: CallError.self) {
                    _ = try await client.claim(Self.key("mine"))
                }
                #expect(claim?.code == .notPermitted)
            }
            let stage = await #expect(throws: CallError.self) {
                _ = try await clients.keys(as: .service("ingestd")).list()
            }
            #expect(stage?.code == .notPermitted)
            let alice = try clients.keys(as: .operator("alice"))
            let key = Self.key("operated")
            #expect(try await alice.claim(key).order == key.order)
            #expect(try await alice.list().keys == [key])
        }
    }

    @Test func `with a third of the answers lost each key names one order [K-2] [K-6]`()
        async throws
    {
        let transport = LossyTransport(seed: 7, lossPercent: 33)
        try await BridgeFixture(transport: transport).run { clients in
            let client = try clients.keys(as: .service("ingestd"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let keys = [Self.key("lossy-\(index)"), Self.key("lossy-\(index)")]
                        let one = try await Self.insist(keys[0], client)
                        let other = try await Self.insist(keys[1], client)
                        #expect(!one.repeated && one.order == keys[0].order)
                        #expect(other.repeated && other.order == keys[0].order)
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(transport.lostCount > 10)
    }

    @Test func `without a cloud no key is claimed, and the refusal says so`() async throws {
        try await BridgeFixture(isConfigured: false).run { clients in
            let client = try clients.keys(as: .service("ingestd"))
            let error = await #expect(throws: CallError.self) {
                _ = try await client.claim(Self.key("nowhere"))
            }
            #expect(error?.code == .unavailable)
            #expect(error?.effect == .notApplied)
        }
    }

    /// Claims until it is known what the key names.
    private static func insist(
        _ key: NamedKey, _ client: KeyClient
    ) async throws -> KeyResult {
        for _ in 0..<50 {
            let result = try await client.claim(key)
            if result.code == 0 { return result }
            #expect(WireErrorCode(rawValue: result.code) == .unavailable)
        }
        throw CallError(.failed, effect: .maybeApplied, message: "fifty claims failed")
    }
}
