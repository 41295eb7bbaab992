// SPDX-License-Identifier: MIT

import HTTPCalls
import Metrics
import Orders

/// How one call of a webhook ended.
enum WebhookOutcome: Sendable, Equatable {
    /// The receiver answered 2xx.
    case delivered(status: Int)
    /// The receiver answered otherwise; it may have said when to come again.
    case refused(status: Int, retryAfter: Duration?)
    /// No answer came: further calls to the same endpoint had better wait.
    case unreachable(String)
    /// Cannot succeed as configured: a secret that is no base64, an address that is not allowed.
    case impossible(String)

    /// The receiver's HTTP status; 0 when it was not reached.
    var status: Int {
        switch self {
        case .delivered(let status), .refused(let status, _): status
        case .unreachable, .impossible: 0
        }
    }

    /// For people.
    var text: String {
        switch self {
        case .delivered(let status): "receiver answered \(status)"
        case .refused(let status, _): "receiver answered \(status)"
        case .unreachable(let reason), .impossible(let reason): reason
        }
    }

    var isDelivered: Bool {
        if case .delivered = self { true } else { false }
    }
}

/// Calls webhooks, signed by Standard Webhooks.
struct WebhookSender: Sendable {
    /// The longest that a receiver can ask us to wait.
    static let retryAfterMax = Duration.seconds(3_600)

    private let caller: HTTPCaller
    private let timeout: Duration
    private let clock: any MeshClock

    init(caller: HTTPCaller, timeout: Duration, clock: any MeshClock) {
        self.caller = caller
        self.timeout = timeout
        self.clock = clock
    }

    func send(_ message: WebhookMessage, to endpoint: WebhookEndpoint) async -> WebhookOutcome {
        let started = clock.now()
        let outcome = await call(message, endpoint)
        let name =
            switch outcome {
            case .delivered: "delivered"
            case .refused: "refused"
            case .unreachable: "unreachable"
            case .impossible: "impossible"
            }
        Counter(label: "mesh_webhooks_total", dimensions: [("outcome", name)]).increment()
        Timer(label: "mesh_webhook_seconds").record(duration: clock.now() - started)
        return outcome
    }

    private func call(
        _ message: WebhookMessage, _ endpoint: WebhookEndpoint
    ) async -> WebhookOutcome {
        let timestamp = Int64(clock.now().milliseconds / 1_000)
        let signature = WebhookSignature(
            secret: endpoint.secret, id: message.id, timestamp: timestamp, body: message.body)
        guard let signature else { return .impossible("the endpoint's secret is not base64") }
        var request = HTTPRequest(
            method: "POST", url: endpoint.url,
            headers: [
                ("Content-Type", "application/json"), ("webhook-id", message.id),
                ("webhook-timestamp", "\(timestamp)"), ("webhook-signature", signature.header),
                ("X-Correlation-ID", message.correlation),
            ], body: message.body)
        request.timeout = timeout
        request.connectTimeout = min(timeout, .seconds(5))
        request.responseByteCountMax = 64 << 10
        do throws(HTTPCallError) {
            let response = try await caller.perform(request)
            if (200..<300).contains(response.status) { return .delivered(status: response.status) }
            return .refused(status: response.status, retryAfter: Self.retryAfter(response))
        } catch {
            switch error.code {
            case .addressRefused, .invalidRequest: return .impossible("\(error)")
            // The receiver has it, and only talks too much.
            case .responseTooLarge: return .delivered(status: 200)
            default: return .unreachable("\(error)")
            }
        }
    }

    /// Whole seconds only; the form with a date is rare and needs the two clocks to agree.
    private static func retryAfter(_ response: HTTPResponse) -> Duration? {
        guard let text = response.header("retry-after"), let seconds = Int64(text), seconds >= 0
        else { return nil }
        return min(.seconds(seconds), retryAfterMax)
    }
}
