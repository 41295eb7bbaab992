// SPDX-License-Identifier: MIT

import HTTPCalls
import Orders
import Pipeline

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

    func send(_ telling: Telling, to endpoint: WebhookEndpoint) async -> TellingOutcome {
        let message: WebhookMessage
        do {
            message = try WebhookMessage(
                id: telling.message, trace: telling.step.delivery.trace, fields: telling.fields)
        } catch {
            return .impossible("cannot be written: \(error)")
        }
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
            if response.status == 410 { return .gone }
            return .refused(status: response.status, retryAfter: Self.retryAfter(response))
        } catch {
            switch error.code {
            case .addressRefused, .invalidRequest: return .impossible("\(error)")
            // The receiver has it, and only talks too much.
            case .responseTooLarge where (200..<300).contains(error.reply):
                return .delivered(status: error.reply)
            // Nothing that a receiver could help.
            case .overloaded, .cancelled: return .busy
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
