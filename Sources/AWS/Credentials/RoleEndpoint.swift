// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls

/// Where the machine answers what credentials the role has that the program runs as.
protocol RoleEndpoint: Sendable {
    /// Asks once. Throws `badCredentials` when there are none to be had, `unavailable` when there is no
    /// answer, or one that asks for patience.
    func ask() async throws(AWSError) -> RoleAnswer
}

/// Credentials that end.
struct RoleAnswer: Sendable {
    let credentials: AWSCredentials
    let end: Date
}

extension RoleAnswer {
    /// Nil when `body` is not the JSON in which the containers' address and the instances' answer alike.
    init?(_ body: [UInt8]) {
        guard let text = try? JSONDecoder().decode(Text.self, from: Data(body)),
            let end = try? Date(text.expiration, strategy: .iso8601)
        else { return nil }
        credentials = AWSCredentials(
            accessKey: text.accessKey, secretKey: text.secretKey, sessionToken: text.token)
        self.end = end
    }

    private struct Text: Decodable {
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

/// Calls to an address of the machine's own, and what their failures mean.
struct RoleCalls: Sendable {
    /// Whose credentials are asked for, for messages: `the container`.
    let owner: String
    private let caller = HTTPCaller()

    init(owner: String) { self.owner = owner }

    /// The answer, whatever its status.
    func perform(_ request: HTTPRequest) async throws(AWSError) -> HTTPResponse {
        do throws(HTTPCallError) {
            return try await caller.perform(request)
        } catch {
            let code: AWSError.Code =
                error.code == .invalidRequest ? .badCredentials : .unavailable
            throw failure(code, "\(request.url) does not answer: \(error.description)")
        }
    }

    func refused(_ answer: HTTPResponse, _ reason: String = "") -> AWSError {
        let mayPass = answer.status >= 500 || answer.status == 429
        return failure(mayPass ? .unavailable : .badCredentials, "status \(answer.status)\(reason)")
    }

    func failure(_ code: AWSError.Code, _ reason: String) -> AWSError {
        AWSError(
            code: code, effect: .notApplied, message: "no credentials of \(owner): \(reason)")
    }
}
