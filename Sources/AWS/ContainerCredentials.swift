// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls

/// The credentials of the role that a container runs as, from the address that its environment names:
/// kept until five minutes before they end, then asked for again.
package actor ContainerCredentials {
    private let url: String
    private let token: Token
    private let now: @Sendable () -> Date
    private let caller = HTTPCaller()
    private var known: (credentials: AWSCredentials, end: Date)?
    private var isAsking = false

    /// What the address is shown.
    private enum Token {
        case none
        case text(String)
        /// Read for each request: it is rotated.
        case file(String)
    }

    private static let margin: TimeInterval = 300

    /// Where ECS answers what AWS_CONTAINER_CREDENTIALS_RELATIVE_URI names.
    private static let host = "http://169.254.170.2"

    /// Hosts that are given a token without TLS: this machine, and where ECS and EKS answer.
    private static let plainHosts = [
        "127.0.0.1", "localhost", "169.254.170.2", "169.254.170.23",
    ]

    /// Reads AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, or AWS_CONTAINER_CREDENTIALS_FULL_URI with
    /// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN.
    ///
    /// Nil when neither address is there, or one that would show the token to strangers.
    init?(environment: [String: String], now: @escaping @Sendable () -> Date = { Date() }) {
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = Self.host + path
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
            Self.mayBeAsked(full)
        {
            url = full
        } else {
            return nil
        }
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            token = .file(file)
        } else {
            token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"].map(Token.text) ?? .none
        }
        self.now = now
    }

    /// The credentials as they are now. While new ones are asked for, and when they cannot be had, those
    /// that are known serve to their end.
    func read() async throws(AWSError) -> AWSCredentials {
        if let known, known.end.timeIntervalSince(now()) > (isAsking ? 0 : Self.margin) {
            return known.credentials
        }
        isAsking = true
        defer { isAsking = false }
        do throws(AWSError) {
            let answer = try await ask()
            known = answer
            return answer.credentials
        } catch {
            if let known, known.end > now() { return known.credentials }
            throw error
        }
    }

    private func ask() async throws(AWSError) -> (credentials: AWSCredentials, end: Date) {
        let headers = try authorization().map { [("Authorization", $0)] } ?? []
        var request = HTTPRequest(url: url, headers: headers)
        request.timeout = .seconds(5)
        let answer: HTTPResponse
        do throws(HTTPCallError) {
            answer = try await caller.perform(request)
        } catch {
            throw AWSError(
                code: .unavailable, effect: .notApplied,
                message: "no credentials of the container: \(error.description)")
        }
        guard answer.status == 200 else {
            throw AWSError(
                code: answer.status >= 500 || answer.status == 429 ? .unavailable : .badCredentials,
                effect: .notApplied,
                message: "no credentials of the container: status \(answer.status)")
        }
        guard let role = try? JSONDecoder().decode(Role.self, from: Data(answer.body)),
            let end = try? Date(role.expiration, strategy: .iso8601)
        else { throw .badCredentials("what the container's address answers holds no credentials") }
        return (
            AWSCredentials(
                accessKey: role.accessKey, secretKey: role.secretKey, sessionToken: role.token),
            end
        )
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

    private struct Role: Decodable {
        let accessKey: String
        let secretKey: String
        let token: String
        let expiration: String

        private enum CodingKeys: String, CodingKey {
            case accessKey = "AccessKeyId"
            case secretKey = "SecretAccessKey"
            case token = "Token"
            case expiration = "Expiration"
        }
    }
}
