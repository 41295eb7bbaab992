// SPDX-License-Identifier: MIT
import HTTPCalls

/// Sends requests through libcurl, which signs them.
package struct SignedCalls: AWSTransport {
    private let caller: HTTPCaller

    /// The largest answer: ten messages of SQS, with room for their attributes.
    private static let responseByteCountMax = 16 << 20

    /// Requests that wait at SQS keep their connections: there must be more than subscriptions.
    private static let connectionCountMax = 128

    package init() {
        var configuration = HTTPCallerConfiguration()
        configuration.connectionCountMax = Self.connectionCountMax
        configuration.connectionCountPerHostMax = Self.connectionCountMax
        configuration.waitingCountMax = 16_384
        caller = HTTPCaller(configuration)
    }

    package func send(
        _ request: AWSRequest,
        signedWith credentials: AWSCredentials
    ) async throws(TransportFailure) -> AWSResponse {
        var call = HTTPRequest(
            method: request.method, url: request.url, headers: request.headers, body: request.body)
        call.timeout = request.timeout
        call.responseByteCountMax = Self.responseByteCountMax
        call.signature = AWSSignature(
            region: request.region, service: request.service.rawValue,
            accessKey: credentials.accessKey, secretKey: credentials.secretKey,
            sessionToken: credentials.sessionToken)
        do throws(HTTPCallError) {
            let answer = try await caller.perform(call)
            let headers = answer.headers.map { ($0.name.lowercased(), $0.value) }
            return AWSResponse(
                status: answer.status,
                headers: Dictionary(headers, uniquingKeysWith: { _, last in last }),
                body: answer.body)
        } catch {
            throw TransportFailure(kind: Self.kind(of: error), message: error.description)
        }
    }

    private static func kind(of error: HTTPCallError) -> TransportFailure.Kind {
        switch error.effect {
        case .notApplied: .notSent
        case .maybeApplied: error.code == .timedOut ? .timedOut : .answerLost
        }
    }
}
