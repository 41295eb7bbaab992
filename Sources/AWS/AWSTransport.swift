// SPDX-License-Identifier: MIT

/// One HTTP request to AWS, complete but for its signature.
package struct AWSRequest: Sendable {
    package let service: AWSService
    package let region: String

    /// POST, GET, PUT.
    package let method: String

    /// Scheme, host, path and query; path and query already in the encoding that is signed.
    package let url: String

    /// In the order in which they are sent. Content-Type among them: it is signed.
    package let headers: [(name: String, value: String)]

    package let body: [UInt8]

    /// The longest that the exchange may take.
    package let timeout: Duration
}

/// The answer to an `AWSRequest`.
package struct AWSResponse: Sendable {
    package let status: Int

    /// By name in lower case; of a repeated header, the last.
    package let headers: [String: String]

    package let body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// No answer came.
package struct TransportFailure: Error, Sendable {
    package enum Kind: Sendable {
        /// Nothing was sent: the name did not resolve, the connection was refused.
        case notSent

        /// It was sent, or part of it, and no whole answer came back.
        case answerLost

        /// As `answerLost`, after the whole of the request's timeout.
        case timedOut
    }

    package let kind: Kind
    package let message: String

    package init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }
}

/// Signs and sends one request, once. What retries is above it.
package protocol AWSTransport: Sendable {
    func send(
        _ request: AWSRequest,
        signedWith credentials: AWSCredentials
    ) async throws(TransportFailure) -> AWSResponse
}
