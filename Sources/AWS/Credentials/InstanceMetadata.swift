// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls

/// The metadata service of an EC2 instance, which answers with the credentials of the instance's role.
///
/// Its second version alone: each question shows a token that a PUT fetched before. The first version
/// answers any GET, so that whoever talks some program on the machine into fetching a URL has the role. To
/// fall back to it when the PUT fails would leave that choice to whoever makes the PUT fail; an instance
/// whose service knows the first version only is refused instead.
actor InstanceMetadata: RoleEndpoint {
    private let base: String
    private let now: @Sendable () -> Date
    private let calls = RoleCalls(owner: "the instance")
    private var token: (text: String, end: Date)?

    private static let rolesPath = "/latest/meta-data/iam/security-credentials/"

    /// The longest that the service gives.
    private static let tokenLife = 21_600

    /// A token is not shown in its last minute: it is to outlive the questions.
    private static let tokenMargin: TimeInterval = 60

    /// Reads AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT, and
    /// AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (`IPv6`) in its absence. Nil when the first is `true`.
    init?(environment: [String: String], now: @escaping @Sendable () -> Date = { Date() }) {
        if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" { return nil }
        let isIPv6 =
            environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        var base =
            environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
            ?? (isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        self.now = now
    }

    func ask() async throws(AWSError) -> RoleAnswer {
        // The role's name is asked for each time: another may have been attached.
        let list = try await get(Self.rolesPath, missing: "no role is attached to it")
        let name = String(decoding: list, as: UTF8.self).split(whereSeparator: \.isNewline).first
        guard let name, name.utf8.allSatisfy(Self.isOfRoleName) else {
            throw calls.failure(.badCredentials, "the metadata service names no role")
        }
        let body = try await get(Self.rolesPath + name, missing: "the role \(name) is gone")
        let outcome = try? JSONDecoder().decode(RoleOutcome.self, from: Data(body))
        if let outcome, outcome.code != "Success" {
            throw calls.failure(
                .badCredentials,
                "the role \(name) gives \(outcome.code): \(outcome.message ?? "")")
        }
        guard let role = RoleAnswer(body) else {
            throw calls.failure(.badCredentials, "what the role \(name) gives holds none")
        }
        return role
    }

    private func get(_ path: String, missing: String) async throws(AWSError) -> [UInt8] {
        var answer = try await show(try await shownToken(), path)
        if answer.status == 401 {
            // The service has started anew, and knows no token from before.
            token = nil
            answer = try await show(try await shownToken(), path)
        }
        switch answer.status {
        case 200: return answer.body
        case 404: throw calls.failure(.badCredentials, missing)
        default: throw calls.refused(answer, " from the metadata service for \(path)")
        }
    }

    private func show(_ token: String, _ path: String) async throws(AWSError) -> HTTPResponse {
        try await calls.perform(request("GET", path, ("X-aws-ec2-metadata-token", token)))
    }

    private func shownToken() async throws(AWSError) -> String {
        if let token, now() < token.end { return token.text }
        let asked = now()
        let life = ("X-aws-ec2-metadata-token-ttl-seconds", String(Self.tokenLife))
        let answer = try await calls.perform(request("PUT", "/latest/api/token", life))
        guard answer.status == 200 else {
            throw calls.refused(answer, " from the metadata service for a token")
        }
        let text = String(decoding: answer.body, as: UTF8.self)
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw calls.failure(.badCredentials, "the metadata service gives no token")
        }
        // The service may give a shorter life than was asked for.
        let given = answer.header(life.0).flatMap { Int($0) } ?? Self.tokenLife
        token = (text, asked + TimeInterval(given) - Self.tokenMargin)
        return text
    }

    /// The service is on the machine's own link and answers at once, or there is none and nothing answers
    /// at all: not worth the wait of other calls.
    private func request(
        _ method: String, _ path: String, _ header: (name: String, value: String)
    ) -> HTTPRequest {
        var request = HTTPRequest(method: method, url: base + path, headers: [header])
        request.connectTimeout = .seconds(1)
        request.timeout = .seconds(2)
        request.responseByteCountMax = 64 << 10
        return request
    }

    /// What IAM lets roles be called, all of which stands in a path as it is.
    private static func isOfRoleName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "+=,.@-_".utf8.contains(byte)
        }
    }

    private struct RoleOutcome: Decodable {
        let code: String
        let message: String?

        private enum CodingKeys: String, CodingKey {
            case code = "Code"
            case message = "Message"
        }
    }
}
