// SPDX-License-Identifier: MIT
import Foundation
import TestSupport
import Testing

@testable import AWS

/// Against a server that answers as the one beside a task of ECS does.
@Suite struct ContainerEndpointTests {
    private static let end = Date(timeIntervalSince1970: 1_800_000_000)

    private func endpoint(
        _ server: HTTPReceiver, _ more: [String: String] = [:]
    ) throws -> ContainerEndpoint {
        var environment = more
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "\(server.url)/role"
        return try #require(ContainerEndpoint(environment: environment))
    }

    @Test func `the address is shown the token, and tells who acts until when`() async throws {
        let server = try await HTTPReceiver { _ in roleAnswer("key", end: Self.end) }
        let endpoint = try endpoint(server, ["AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret"])
        let answer = try await endpoint.ask()
        let expected = AWSCredentials(accessKey: "key", secretKey: "s", sessionToken: "t")
        #expect(answer.credentials == expected && answer.end == Self.end)
        let request = try #require(server.requests.first)
        #expect(request.path == "/role" && request.header("Authorization") == "secret")
        try await server.stop()
    }

    @Test func `a token in a file is read for each question`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try await HTTPReceiver { _ in roleAnswer("key", end: Self.end) }
        let endpoint = try endpoint(
            server, ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file.path])
        for token in ["first", "second"] {
            try Data("\(token)\n".utf8).write(to: file)
            _ = try await endpoint.ask()
        }
        #expect(server.requests.map { $0.header("Authorization") } == ["first", "second"])
        try await server.stop()
    }

    @Test func `a role that is refused is told from a server that is away`() async throws {
        for (status, code) in [(403, AWSError.Code.badCredentials), (503, .unavailable)] {
            let server = try await HTTPReceiver { _ in .respond(status) }
            let endpoint = try endpoint(server)
            let error = await #expect(throws: AWSError.self) { try await endpoint.ask() }
            #expect(error?.code == code)
            try await server.stop()
        }
    }

    @Test(arguments: [
        "http://example.test/role", "http://169.254.169.254/role", "http://127.0.0.1.test/",
        "ftp://127.0.0.1/", "127.0.0.1",
    ])
    func
        `an address that would show the token to strangers is no source, nor is another in its place`(
            url: String
        )
    {
        #expect(CredentialSource(environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]) == nil)
    }

    @Test func `what ECS names by its path alone is a source`() {
        let environment = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"]
        #expect(ContainerEndpoint(environment: environment) != nil)
    }
}
