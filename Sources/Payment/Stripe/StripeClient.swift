// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls

/// Stripe's HTTP API: one exchange each, nothing retried.
struct StripeClient: Sendable {
    private let configuration: StripeConfiguration
    private let caller: HTTPCaller

    init(_ configuration: StripeConfiguration) {
        self.configuration = configuration
        var calls = HTTPCallerConfiguration()
        calls.connectionCountMax = configuration.concurrencyMax
        calls.connectionCountPerHostMax = configuration.concurrencyMax
        calls.trustRoots = configuration.trustRoots
        caller = HTTPCaller(calls)
    }

    /// - Parameter key: under which Stripe answers a repeat as it answered the first.
    func post(_ path: String, _ form: StripeForm, key: String? = nil) async -> StripeReply {
        var request = request("POST", path)
        request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        if let key { request.headers.append(("Idempotency-Key", key)) }
        request.body = Array(form.text.utf8)
        return await perform(request)
    }

    func get(_ path: String, _ query: StripeForm) async -> StripeReply {
        await perform(request("GET", path + "?" + query.text))
    }

    private func request(_ method: String, _ path: String) -> HTTPRequest {
        var request = HTTPRequest(method: method, url: configuration.endpoint + path)
        request.headers = [
            ("Authorization", "Bearer " + configuration.secretKey.text),
            ("Stripe-Version", StripeConfiguration.version),
        ]
        request.timeout = configuration.timeout
        request.connectTimeout = min(configuration.timeout, .seconds(5))
        request.responseByteCountMax = StripeConfiguration.answerByteCountMax
        return request
    }

    private func perform(_ request: HTTPRequest) async -> StripeReply {
        do throws(HTTPCallError) {
            return StripeReply(try await caller.perform(request))
        } catch {
            // libcurl's words name hosts and ports, and no header.
            switch error.effect {
            case .notApplied: return .notSent(reason: "\(error)")
            case .maybeApplied: return .noAnswer(reason: "\(error)")
            }
        }
    }
}
