// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Sessions
import Testing
import Wire

@testable import Bridge

/// What `protocol/bridge.md` says of the verbs of operators.
@Suite struct OperatorVerbTests {
    private static let unsupported: [@Sendable (BrokerClient) async throws -> Void] = [
        { try await $0.pause("inventory", who: "alice", why: "x") },
        { try await $0.resume("inventory", who: "alice", why: "x") },
        { _ = try await $0.purge(Purge(queue: "inventory", dead: true, who: "", why: "x")) },
        { _ = try await $0.setWeights(SetWeights(weights: [], who: "", why: "x")) },
        { _ = try await $0.weights() },
        { _ = try await $0.acts() },
        { client in
            let filter = DeadLetterFilter(tenant: "acme", reason: "", diedBeforeMilliseconds: 0)
            _ = try await client.search(
                DeadLetters(queue: "inventory", after: 0, limit: 1, filter: filter))
        },
        { client in
            var request = Redrive("inventory", who: "alice", why: "x")
            request.dryRun = true
            _ = try await client.redrive(request)
        },
        { client in
            var request = Redrive("inventory", who: "alice", why: "x")
            request.ratePerSecond = 1
            _ = try await client.redrive(request)
        },
        { client in
            try await client.declare(
                Declare(
                    queue: "inventory", leaseMilliseconds: 30_000, attemptsMax: 4,
                    backoffBaseMilliseconds: 1, backoffMaxMilliseconds: 1, depthMax: 1,
                    byteDepthMax: 1 << 20, who: "alice", why: "x", holdBehindDead: true))
        },
    ]

    @Test func `what SQS cannot do is unsupported, and nothing was done`() async throws {
        let fixture = try await BridgeFixture()
        try await fixture.run { clients in
            let alice = try clients.operator()
            for call in Self.unsupported {
                let error = await #expect(throws: CallError.self) { try await call(alice) }
                #expect(error?.code == .unsupported && error?.effect == .notApplied)
            }
        }
    }
}
