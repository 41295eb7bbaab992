// SPDX-License-Identifier: MIT
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// Against a server that answers as the one beside a task of ECS does.
@Suite struct RoleCredentialsTests {
    private let clock = MovedClock()

    private func role(_ server: HTTPReceiver) throws -> RoleCredentials {
        let environment = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(server.port)/role"
        ]
        let clock = clock
        return RoleCredentials(
            try #require(ContainerEndpoint(environment: environment)), now: { clock.now })
    }

    @Test func `credentials are kept, and asked for again before they end`() async throws {
        let clock = clock
        let count = Atomic(0)
        let server = try await HTTPReceiver { _ in
            let number = count.wrappingAdd(1, ordering: .relaxed).newValue
            return roleAnswer("key-\(number)", end: clock.now + 3_600)
        }
        let role = try role(server)
        let first = AWSCredentials(accessKey: "key-1", secretKey: "s", sessionToken: "t")
        #expect(try await role.read() == first)
        clock.move(by: 3_200)
        #expect(try await role.read() == first)
        clock.move(by: 200)
        #expect(try await role.read().accessKey == "key-2")
        #expect(server.requests.count == 2)
        try await server.stop()
    }

    @Test func `while new ones are asked for, the old serve`() async throws {
        let end = clock.now + 200
        let gate = Gate()
        let count = Atomic(0)
        let server = try await HTTPReceiver { _ in
            let isFirst = count.wrappingAdd(1, ordering: .relaxed).newValue == 1
            return isFirst ? roleAnswer("key", end: end) : .respondBehind(gate, 503)
        }
        let role = try role(server)
        #expect(try await role.read().accessKey == "key")
        clock.move(by: 11)
        async let asking = role.read()
        for _ in 1...2 { _ = await server.next() }
        #expect(try await role.read().accessKey == "key")
        #expect(server.requests.count == 2)
        gate.open()
        #expect(try await asking.accessKey == "key")
        try await server.stop()
    }

    @Test func `when new ones cannot be had, the old serve to their end and no longer`()
        async throws
    {
        let end = clock.now + 600
        let isAway = Mutex(false)
        let server = try await HTTPReceiver { _ in
            isAway.withLock { $0 } ? .respond(503) : roleAnswer("key", end: end)
        }
        let role = try role(server)
        #expect(try await role.read().accessKey == "key")
        isAway.withLock { $0 = true }
        clock.move(by: 500)
        for _ in 1...3 { #expect(try await role.read().accessKey == "key") }
        #expect(server.requests.count == 2, "one caller in ten seconds waits for who is away")
        clock.move(by: 11)
        #expect(try await role.read().accessKey == "key")
        #expect(server.requests.count == 3)
        clock.move(by: 90)
        let error = await #expect(throws: AWSError.self) { try await role.read() }
        #expect(error?.code == .unavailable)
        isAway.withLock { $0 = false }
        #expect(try await role.read().accessKey == "key")
        try await server.stop()
    }

    @Test(arguments: [200, 403])
    func `those who have nothing yet share one question and its answer`(status: Int) async throws {
        let end = clock.now + 3_600
        let replies = AsyncStream.makeStream(of: HTTPReceiver.Reply.self)
        let server = try await HTTPReceiver { _ in .later { replies.continuation.yield($0) } }
        let role = try role(server)
        try await withThrowingTaskGroup(of: AWSError.Code?.self) { group in
            for _ in 1...8 { group.addTask { await Self.failure(of: role) } }
            let reply = try #require(await replies.stream.first { _ in true })
            while await role.waitingCount < 7 { await Task.yield() }
            guard case .respond(_, _, let body) = roleAnswer("key", end: end) else { return }
            reply.respond(status, body: body)
            for try await code in group {
                #expect(code == (status == 200 ? nil : .badCredentials))
            }
        }
        #expect(server.requests.count == 1)
        try await server.stop()
    }

    @Test func `when who asks gives up, another of those who wait asks`() async throws {
        let end = clock.now + 3_600
        let count = Atomic(0)
        let server = try await HTTPReceiver { _ in
            let isFirst = count.wrappingAdd(1, ordering: .relaxed).newValue == 1
            return isFirst ? .silence : roleAnswer("key", end: end)
        }
        let role = try role(server)
        await withTaskGroup(of: Void.self) { asker in
            asker.addTask {
                let code = await Self.failure(of: role)
                #expect(code == .unavailable)
            }
            _ = await server.next()
            async let other = role.read()
            while await role.waitingCount < 1 { await Task.yield() }
            asker.cancelAll()
            #expect((try? await other)?.accessKey == "key")
        }
        try await server.stop()
    }

    private static func failure(of role: RoleCredentials) async -> AWSError.Code? {
        do throws(AWSError) {
            _ = try await role.read()
            return nil
        } catch { return error.code }
    }
}

/// What the address beside a container, and an instance's, say of a role.
func roleAnswer(_ key: String, end: Date) -> HTTPReceiver.Answer {
    let text = """
        {"Code": "Success", "AccessKeyId": "\(key)", "SecretAccessKey": "s", "Token": "t",
         "Expiration": "\(end.formatted(.iso8601))"}
        """
    return .respond(200, body: Array(text.utf8))
}
