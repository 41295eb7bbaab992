// SPDX-License-Identifier: MIT
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// Against a server that answers as the one beside a task of ECS does.
@Suite struct ContainerCredentialsTests {
    /// A clock that a test moves.
    private final class Hand: Sendable {
        private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

        var now: Date { time.withLock { $0 } }

        func move(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
    }

    private func answer(_ key: String, end: Date) -> HTTPReceiver.Answer {
        let text = """
            {"AccessKeyId": "\(key)", "SecretAccessKey": "s", "Token": "t",
             "Expiration": "\(end.formatted(.iso8601))"}
            """
        return .respond(200, body: Array(text.utf8))
    }

    private func credentials(
        _ server: HTTPReceiver, _ hand: Hand, token: String? = nil
    ) -> ContainerCredentials? {
        var environment = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(server.port)/role"
        ]
        environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token
        return ContainerCredentials(environment: environment, now: { hand.now })
    }

    @Test func `credentials are kept, and asked for again before they end`() async throws {
        let hand = Hand()
        let count = Mutex(0)
        let server = try await HTTPReceiver { request in
            #expect(request.path == "/role")
            #expect(request.header("Authorization") == "secret")
            let key = count.withLock { count in
                count += 1
                return "key-\(count)"
            }
            return answer(key, end: hand.now + 3_600)
        }
        let container = try #require(credentials(server, hand, token: "secret"))
        let first = AWSCredentials(accessKey: "key-1", secretKey: "s", sessionToken: "t")
        #expect(try await container.read() == first)
        hand.move(by: 3_200)
        #expect(try await container.read() == first)
        hand.move(by: 200)
        #expect(try await container.read().accessKey == "key-2")
        try await server.stop()
    }

    @Test func `while new ones are asked for, the old serve`() async throws {
        let hand = Hand()
        let end = hand.now + 200
        let gate = Gate()
        let count = Mutex(0)
        let server = try await HTTPReceiver { _ in
            let isFirst = count.withLock { count in
                count += 1
                return count == 1
            }
            return isFirst ? answer("key", end: end) : .respondBehind(gate, 503)
        }
        let container = try #require(credentials(server, hand))
        #expect(try await container.read().accessKey == "key")
        async let asking = container.read()
        for _ in 1...2 { _ = await server.next() }
        #expect(try await container.read().accessKey == "key")
        #expect(server.requests.count == 2)
        gate.open()
        #expect(try await asking.accessKey == "key")
        try await server.stop()
    }

    @Test func `when new ones cannot be had, the old serve to their end and no longer`()
        async throws
    {
        let hand = Hand()
        let end = hand.now + 600
        let isAway = Mutex(false)
        let server = try await HTTPReceiver { _ in
            isAway.withLock { $0 } ? .respond(503) : answer("key", end: end)
        }
        let container = try #require(credentials(server, hand))
        #expect(try await container.read().accessKey == "key")
        isAway.withLock { $0 = true }
        hand.move(by: 500)
        #expect(try await container.read().accessKey == "key")
        hand.move(by: 101)
        let error = await #expect(throws: AWSError.self) { try await container.read() }
        #expect(error?.code == .unavailable)
        try await server.stop()
    }

    @Test func `a role that is refused is told from a server that is away`() async throws {
        let server = try await HTTPReceiver { _ in .respond(403) }
        let source = try #require(
            CredentialSource(environment: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(server.port)/"
            ]))
        let error = await #expect(throws: AWSError.self) { try await source.read() }
        #expect(error?.code == .badCredentials)
        try await server.stop()
    }

    @Test(arguments: [
        "http://example.test/role", "http://169.254.169.254/role", "http://127.0.0.1.test/",
        "ftp://127.0.0.1/", "127.0.0.1",
    ])
    func `an address that would show the token to strangers is no source`(url: String) {
        #expect(CredentialSource(environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]) == nil)
    }

    @Test func `what ECS names by its path alone is a source`() {
        let environment = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"]
        #expect(CredentialSource(environment: environment) != nil)
    }
}
