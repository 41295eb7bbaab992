// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls

/// The address that a container's environment names for the credentials of its role.
struct ContainerEndpoint: RoleEndpoint {
    private let url: String
    private let token: Token
    private let calls = RoleCalls(owner: "the container")

    /// What the address is shown.
    private enum Token {
        case none
        case text(String)
        /// Read for each request: it is rotated.
        case file(String)
    }

    private static let relativeKey = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let fullKey = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

    /// Where ECS answers what AWS_CONTAINER_CREDENTIALS_RELATIVE_URI names.
    private static let host = "http://169.254.170.2"

    /// Hosts that are given a token without TLS: this machine, and where ECS and EKS answer.
    private static let plainHosts = [
        "127.0.0.1", "localhost", "169.254.170.2", "169.254.170.23",
    ]

    /// Whether an address is named at all, be it one that may not be asked.
    static func isNamed(in environment: [String: String]) -> Bool {
        environment[relativeKey] != nil || environment[fullKey] != nil
    }

    /// Reads AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, or AWS_CONTAINER_CREDENTIALS_FULL_URI with
    /// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN.
    ///
    /// Nil when neither address is there, or one that would show the token to strangers.
    init?(environment: [String: String]) {
        if let path = environment[Self.relativeKey] {
            url = Self.host + path
        } else if let full = environment[Self.fullKey], Self.mayBeAsked(full) {
            url = full
        } else {
            return nil
        }
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            token = .file(file)
        } else {
            token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"].map(Token.text) ?? .none
        }
    }

    func ask() async throws(AWSError) -> RoleAnswer {
        let headers = try authorization().map { [("Authorization", $0)] } ?? []
        var request = HTTPRequest(url: url, headers: headers)
        request.timeout = .seconds(5)
        let answer = try await calls.perform(request)
        guard answer.status == 200 else { throw calls.refused(answer) }
        guard let role = RoleAnswer(answer.body) else {
            throw calls.failure(.badCredentials, "what \(url) answers holds none")
        }
        return role
    }

    private func authorization() throws(AWSError) -> String? {
        switch token {
        case .none: return nil
        case .text(let text): return text
        case .file(let path):
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw .badCredentials("cannot read the token for the container's address, \(path)")
            }
            return text.split(whereSeparator: \.isWhitespace).first.map(String.init)
        }
    }

    private static func mayBeAsked(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return true }
        guard url.hasPrefix("http://") else { return false }
        let host = url.dropFirst("http://".count).prefix { !"/:?#".contains($0) }
        return plainHosts.contains(String(host))
    }
}
