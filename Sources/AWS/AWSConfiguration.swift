// SPDX-License-Identifier: MIT

/// Where AWS, or what stands in for it, is reached.
package struct AWSConfiguration: Sendable {
    /// Such as `eu-central-1`; part of every signature.
    package let region: String

    /// One address for all services, such as `http://127.0.0.1:4566`; nil for AWS itself.
    package let endpoint: String?

    /// The longest that one attempt of a call may take, beyond the time that it asks to wait.
    package let attemptTimeout: Duration

    package let retries: RetryPolicy

    package init(
        region: String,
        endpoint: String? = nil,
        attemptTimeout: Duration = .seconds(10),
        retries: RetryPolicy = RetryPolicy()
    ) {
        self.region = region
        self.endpoint = endpoint
        self.attemptTimeout = attemptTimeout
        self.retries = retries
    }

    /// The part of AWS that the region belongs to, as ARNs name it.
    package var partition: String {
        if region.hasPrefix("cn-") { return "aws-cn" }
        return region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }

    /// Whether requests go by TLS: always, but to stand-ins.
    package var isSecure: Bool { !(endpoint ?? "").hasPrefix("http:") }

    /// The base URL of `service`, without a slash at its end.
    func baseURL(of service: AWSService) -> String {
        var url = endpoint ?? service.defaultEndpoint(region: region)
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}
