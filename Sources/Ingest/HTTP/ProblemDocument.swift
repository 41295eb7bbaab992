// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Orders
import Wire

/// A refusal over HTTP: `application/problem+json` (RFC 9457).
struct ProblemDocument: Encodable {
    struct Field: Encodable {
        let pointer: String
        let code: String
        let detail: String
    }

    /// Names the code and promises no page.
    let type: String
    let title: String
    let status: Int
    let detail: String
    /// The name in `protocol/errors.md`.
    let code: String
    let correlationID: String
    /// Whether the request may have been applied: `not_applied` or `maybe_applied`.
    let effect: String
    /// Of 429 and 503: `quota`, `concurrency`, `depth` or `away`.
    let cause: String?
    /// Of `depth`: the stage that is behind.
    let stage: String?
    /// When to try again, in milliseconds; the header Retry-After says the same in whole seconds.
    let retryAfterMilliseconds: UInt32?
    let errors: [Field]?

    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, code, correlationID, effect, cause, stage, errors
        case retryAfterMilliseconds = "retry_after_ms"
    }

    init(_ refusal: Refusal, status: HTTPResponse.Status, trace: TraceID) {
        code = refusal.code.name
        type = "urn:order-mesh:error:\(code)"
        title = status.reasonPhrase
        self.status = status.code
        detail = refusal.detail
        correlationID = trace.description
        effect = refusal.effect == .notApplied ? "not_applied" : "maybe_applied"
        cause = refusal.cause
        stage = refusal.stage
        retryAfterMilliseconds = refusal.retryAfter?.wireMilliseconds
        errors =
            refusal.fields.isEmpty
            ? nil
            : refusal.fields.map { Field(pointer: $0.pointer, code: $0.code, detail: $0.detail) }
    }
}

extension Refusal {
    /// The status of HTTP that says the same.
    var status: HTTPResponse.Status {
        switch code {
        case .invalidOrder, .badMessage: .badRequest
        case .notPermitted: .forbidden
        case .unknownOrder: .notFound
        case .keyInProgress: .conflict
        case .keyConflict: .unprocessableContent
        case .rateLimited, .concurrencyLimited, .costTooLarge: .tooManyRequests
        case .messageTooLarge: .contentTooLarge
        case .unsupported: .unsupportedMediaType
        case .deadlineExceeded: .gatewayTimeout
        case .failed, .storageFailed: .internalServerError
        default: .serviceUnavailable
        }
    }

    /// The whole answer, with Retry-After in seconds, rounded up so that who obeys is not early.
    ///
    /// - Parameter status: where HTTP can say it more exactly than by the code.
    func response(trace: TraceID, status exact: HTTPResponse.Status? = nil) throws -> Response {
        let status = exact ?? status
        let document = ProblemDocument(self, status: status, trace: trace)
        var response = try Response.json(document, status: status, trace: trace)
        response.headers[.contentType] = "application/problem+json"
        if let retryAfter {
            response.headers[.retryAfter] = String(max(1, retryAfter.secondsRoundedUp))
        }
        if let quota { response.headers.add(quota, retryAfter: retryAfter) }
        return response
    }
}
