// SPDX-License-Identifier: MIT
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// Against a server that answers as the metadata service of an instance does.
@Suite struct InstanceMetadataTests {
    private static let roles = "/latest/meta-data/iam/security-credentials/"
    private let clock = MovedClock()

    /// The service, with answers for some paths in place of the good ones.
    private func service(
        life: Int = 21_600, _ instead: [String: HTTPReceiver.Answer] = [:]
    ) async throws -> HTTPReceiver {
        let clock = clock
        let tokenCount = Atomic(0)
        return try await HTTPReceiver { request in
            if let answer = instead[request.path] { return answer }
            switch (request.method, request.path) {
            case ("PUT", "/latest/api/token"):
                guard request.header("X-aws-ec2-metadata-token-ttl-seconds") == "21600" else {
                    return .respond(400)
                }
                let number = tokenCount.wrappingAdd(1, ordering: .relaxed).newValue
                return .respond(
                    200, headers: [("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "\(life)")],
                    body: Array("token-\(number)".utf8))
            case ("GET", _) where request.header("X-aws-ec2-metadata-token") == nil:
                return .respond(401)
            case ("GET", Self.roles): return .respond(200, body: Array("mesh.role\n".utf8))
            case ("GET", Self.roles + "mesh.role"):
                return roleAnswer("key", end: clock.now + 3_600)
            default: return .respond(404)
            }
        }
    }

    private func metadata(_ server: HTTPReceiver, path: String = "") throws -> InstanceMetadata {
        let clock = clock
        let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url + path]
        let metadata = InstanceMetadata(environment: environment, now: { clock.now })
        return try #require(metadata)
    }

    private func tokens(_ server: HTTPReceiver) -> [String] {
        server.requests.compactMap { $0.header("X-aws-ec2-metadata-token") }
    }

    @Test func `a token is fetched by PUT and shown with each question`() async throws {
        let server = try await service()
        let answer = try await metadata(server, path: "/").ask()
        let expected = AWSCredentials(accessKey: "key", secretKey: "s", sessionToken: "t")
        #expect(answer.credentials == expected && answer.end == clock.now + 3_600)
        #expect(
            server.requests.map { "\($0.method) \($0.path)" } == [
                "PUT /latest/api/token", "GET \(Self.roles)", "GET \(Self.roles)mesh.role",
            ])
        #expect(server.requests.first?.header("Content-Length") == "0")
        #expect(tokens(server) == ["token-1", "token-1"])
        try await server.stop()
    }

    @Test func `a token is kept for the life that the service gave it, less a minute`() async throws
    {
        let server = try await service(life: 600)
        let metadata = try metadata(server)
        for seconds in [0, 539, 2] as [TimeInterval] {
            clock.move(by: seconds)
            _ = try await metadata.ask()
        }
        let expected = ["token-1", "token-1", "token-1", "token-1", "token-2", "token-2"]
        #expect(tokens(server) == expected)
        try await server.stop()
    }

    @Test func `a token that the service forgot is replaced once`() async throws {
        let known = Mutex("token-1")
        let count = Atomic(0)
        let server = try await HTTPReceiver { request in
            if request.method == "PUT" {
                let number = count.wrappingAdd(1, ordering: .relaxed).newValue
                return .respond(200, body: Array("token-\(number)".utf8))
            }
            guard request.header("X-aws-ec2-metadata-token") == known.withLock({ $0 }) else {
                return .respond(401)
            }
            return request.path == Self.roles
                ? .respond(200, body: Array("r".utf8))
                : roleAnswer("key", end: Date(timeIntervalSince1970: 1_900_000_000))
        }
        let metadata = try metadata(server)
        _ = try await metadata.ask()
        known.withLock { $0 = "token-2" }
        #expect(try await metadata.ask().credentials.accessKey == "key")
        known.withLock { $0 = "no token at all" }
        let error = await #expect(throws: AWSError.self) { try await metadata.ask() }
        #expect(error?.code == .badCredentials)
        #expect(count.load(ordering: .relaxed) == 3)
        try await server.stop()
    }

    @Test(arguments: [400, 403, 404, 405])
    func `a service that gives no token is asked nothing without one`(status: Int) async throws {
        let server = try await service(["/latest/api/token": .respond(status)])
        let metadata = try metadata(server)
        let error = await #expect(throws: AWSError.self) { try await metadata.ask() }
        #expect(error?.code == .badCredentials && error?.effect == .notApplied)
        #expect(server.requests.count == 1)
        try await server.stop()
    }

    @Test(arguments: [
        (roles, HTTPReceiver.Answer.respond(404), AWSError.Code.badCredentials, "no role"),
        (roles, .respond(200), .badCredentials, "names no role"),
        (roles, .respond(200, body: Array("../../user-data".utf8)), .badCredentials, "no role"),
        (roles, .respond(503), .unavailable, "503"),
        (roles, .hangUp, .unavailable, "does not answer"),
        (roles + "mesh.role", .respond(404), .badCredentials, "gone"),
        (roles + "mesh.role", .respond(429), .unavailable, "429"),
        (
            roles + "mesh.role", .respond(200, body: Array(#"{"Code": "AssumeRole"}"#.utf8)),
            .badCredentials, "AssumeRole"
        ),
        (
            roles + "mesh.role", .respond(200, body: Array(#"{"Code": "Success"}"#.utf8)),
            .badCredentials, "holds none"
        ),
        (roles + "mesh.role", .respond(200, body: Array("<html>".utf8)), .badCredentials, "none"),
    ])
    func `each way to get none is told apart`(
        path: String, answer: HTTPReceiver.Answer, code: AWSError.Code, reason: String
    ) async throws {
        let server = try await service([path: answer])
        let metadata = try metadata(server)
        let error = await #expect(throws: AWSError.self) { try await metadata.ask() }
        #expect(error?.code == code && error?.effect == .notApplied)
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func `where no service answers, calls are not kept waiting`() async throws {
        let server = try await service(["/latest/api/token": .silence])
        let metadata = try metadata(server)
        let error = await #expect(throws: AWSError.self) { try await metadata.ask() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("timed_out") == true)
        try await server.stop()
    }

    @Test func `the instance comes last, unless it is disabled`() async throws {
        let server = try await service()
        var environment = [
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
        ]
        let source = try #require(CredentialSource(environment: environment))
        #expect(try await source.read().accessKey == "key")
        environment["AWS_EC2_METADATA_DISABLED"] = "TRUE"
        #expect(CredentialSource(environment: environment) == nil)
        environment["AWS_SHARED_CREDENTIALS_FILE"] = "/nowhere"
        environment["AWS_EC2_METADATA_DISABLED"] = "false"
        let file = try #require(CredentialSource(environment: environment))
        guard case .file = file else { return #expect(Bool(false), "\(file)") }
        try await server.stop()
    }
}
