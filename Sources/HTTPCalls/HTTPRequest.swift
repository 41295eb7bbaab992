// SPDX-License-Identifier: MIT

/// One HTTP exchange to make.
package struct HTTPRequest: Sendable {
    /// `GET`, `POST`, ...
    package var method: String
    /// Absolute, `http` or `https`; sent as written, nothing in it is encoded or normalized.
    package var url: String
    /// In the order in which they are sent. A request that is signed names its Content-Type here.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Name look-up, TCP and TLS together.
    package var connectTimeout: Duration = .seconds(5)
    /// The whole exchange, time spent waiting for a free connection included.
    package var timeout: Duration = .seconds(30)
    /// A longer answer is an error and is not kept.
    package var responseByteCountMax = 1 << 20
    /// Signs the request for AWS when set.
    package var signature: AWSSignature?

    package init(
        method: String = "GET", url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// AWS Signature Version 4, computed by libcurl over the host, the date and every header given.
package struct AWSSignature: Sendable {
    package var region: String
    /// The service's name in the scope of the signature: `sqs`, `dynamodb`, `s3`, `sts`.
    package var service: String
    package var accessKey: String
    package var secretKey: String
    /// Sent and signed as X-Amz-Security-Token.
    package var sessionToken: String?

    package init(
        region: String, service: String, accessKey: String, secretKey: String,
        sessionToken: String? = nil
    ) {
        self.region = region
        self.service = service
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}
