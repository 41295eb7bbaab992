// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Orders

extension HTTPField.Name {
    /// The order's correlation id, in requests and in every answer.
    static let correlation = token("X-Correlation-ID")
    static let idempotencyKey = token("Idempotency-Key")
    static let idempotencyReplayed = token("Idempotency-Replayed")
    static let rateLimit = token("RateLimit")
    static let rateLimitPolicy = token("RateLimit-Policy")
    /// W3C Trace Context.
    static let traceParent = token("traceparent")

    static func token(_ name: String) -> HTTPField.Name {
        guard let token = HTTPField.Name(name) else { preconditionFailure("not a token: \(name)") }
        return token
    }
}

extension Response {
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status, trace: TraceID
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let body = ByteBuffer(bytes: try encoder.encode(value))
        return Response(
            status: status,
            headers: [.contentType: "application/json", .correlation: trace.description],
            body: ResponseBody(byteBuffer: body))
    }
}

extension HTTPFields {
    /// The fields of draft-ietf-httpapi-ratelimit-headers-10, "RateLimit header fields for HTTP":
    /// structured lists (RFC 9651) of one item, which bears the policy's name.
    ///
    /// No partition key: a tenant is the partition, and who asks knows its own.
    ///
    /// - Parameter retryAfter: of a refusal: then more is to be had for this client.
    mutating func add(_ quota: Quota, retryAfter: Duration? = nil) {
        let name = "\"\(quota.policy.rawValue)\""
        let next = (retryAfter ?? quota.next).secondsRoundedUp
        self[.rateLimit] = "\(name);r=\(quota.remaining);t=\(next)"
        self[.rateLimitPolicy] =
            switch quota.policy {
            case .tenant: "\(name);q=\(quota.limit);w=\(quota.windowSeconds)"
            case .concurrency: "\(name);q=\(quota.limit);qu=\"concurrent-requests\""
            }
    }
}
