// SPDX-License-Identifier: MIT
import Synchronization

/// Sends requests to AWS with retries, and tells for each failure whether it may have had an effect.
package final class AWSClient: Sendable {
    package let configuration: AWSConfiguration

    private let credentials: CredentialSource
    private let transport: any AWSTransport
    private let sleep: @Sendable (Duration) async throws -> Void
    private let jitter: @Sendable () -> Double
    private let quota = Mutex(RetryQuota())

    /// - Parameters:
    ///   - sleep: waits between attempts; throws when the caller is cancelled.
    ///   - jitter: draws evenly from 0..<1.
    package init(
        configuration: AWSConfiguration,
        credentials: CredentialSource,
        transport: any AWSTransport,
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        },
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.configuration = configuration
        self.credentials = credentials
        self.transport = transport
        self.sleep = sleep
        self.jitter = jitter
    }

    /// The answer to a request, its status below 300.
    ///
    /// - Parameters:
    ///   - path: with its leading slash, encoded as it is signed.
    ///   - patience: how much longer than usual the service was asked to hold the request.
    func send(
        _ method: String,
        to service: AWSService,
        path: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
        patience: Duration = .zero
    ) async throws(AWSError) -> AWSResponse {
        let request = AWSRequest(
            service: service,
            region: configuration.region,
            method: method,
            url: configuration.baseURL(of: service) + path,
            headers: headers,
            body: body,
            timeout: configuration.attemptTimeout + patience)
        var attempt = 1
        var isUncertain = false
        var lastRetryAfter: AWSError.Code?
        while true {
            do throws(AWSError) {
                let answer = try await sendOnce(request)
                quota.withLock { $0.succeeded(lastRetryAfter: lastRetryAfter) }
                return answer
            } catch {
                isUncertain = isUncertain || error.effect == .maybeApplied
                let final = isUncertain ? error.afterUncertainAttempt : error
                try await waitToRetry(after: attempt, final)
                lastRetryAfter = error.code
                attempt += 1
            }
        }
    }

    private func sendOnce(_ request: AWSRequest) async throws(AWSError) -> AWSResponse {
        let credentials = try await credentials.read()
        let answer: AWSResponse
        do throws(TransportFailure) {
            answer = try await transport.send(request, signedWith: credentials)
        } catch {
            throw AWSError(failure: error)
        }
        guard answer.status < 300 else { throw AWSError(answer: answer) }
        return answer
    }

    /// Returns when the next attempt is due; throws `error` when there is none.
    private func waitToRetry(after attempt: Int, _ error: AWSError) async throws(AWSError) {
        let policy = configuration.retries
        guard let wait = policy.wait(after: attempt, failedWith: error, jitter: jitter()),
            quota.withLock({ $0.take(for: error.code) })
        else { throw error }
        do {
            try await sleep(wait)
        } catch {
            // Cancelled while waiting: the failure before it is the news, not the cancellation.
        }
        if Task.isCancelled { throw error }
    }
}
