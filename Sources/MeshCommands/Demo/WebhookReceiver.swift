// SPDX-License-Identifier: MIT
import HTTPTypes
import Hummingbird
import Logging
import SecureTransport
import ServiceLifecycle
import Synchronization

/// A customer's receiver of webhooks: checks signatures, counts what came, and can be down.
final class WebhookReceiver: Sendable {
    private let state = Mutex(State())

    private struct State {
        var received: Set<String> = []
        var repeatCount = 0
        var forgedCount = 0
        var downTenants: Set<String> = []
    }

    /// The ids of the webhooks taken.
    var received: Set<String> { state.withLock { $0.received } }
    /// Distinct webhooks taken.
    var receivedCount: Int { state.withLock { $0.received.count } }
    /// Webhooks that came again under an id that was there; allowed, and told apart by it.
    var repeatCount: Int { state.withLock { $0.repeatCount } }
    /// Webhooks whose signature was wrong.
    var forgedCount: Int { state.withLock { $0.forgedCount } }

    /// From now on answers 503 to webhooks for `tenant`, or no longer.
    func setDown(_ isDown: Bool, for tenant: String) {
        state.withLock { state in
            if isDown {
                state.downTenants.insert(tenant)
            } else {
                state.downTenants.remove(tenant)
            }
        }
    }

    /// The server, on any free port; `started` hears which.
    func application(started: @escaping @Sendable (Int) -> Void) -> some Service {
        let router = Router()
        router.post(":tenant") { request, context in
            let tenant = context.parameters.get("tenant") ?? ""
            let body = try await request.body.collect(upTo: 1 << 16)
            return HTTPResponse.Status(
                code: self.take(request.headers, Array(buffer: body), for: tenant))
        }
        var logger = Logger(label: "webhooks")
        // Its connections are cut off when the run is over; that is no news.
        logger.logLevel = .critical
        return Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in started(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// The status to answer.
    private func take(_ headers: HTTPFields, _ body: [UInt8], for tenant: String) -> Int {
        let id = Self.value("webhook-id", in: headers)
        let isGenuine = Self.isGenuine(headers, id: id, body: body)
        return state.withLock { state in
            if state.downTenants.contains(tenant) { return 503 }
            guard isGenuine else {
                state.forgedCount += 1
                return 401
            }
            if !state.received.insert(id).inserted { state.repeatCount += 1 }
            return 204
        }
    }

    /// As the Standard Webhooks specification has it: HMAC-SHA256 of `id.timestamp.body`.
    private static func isGenuine(_ headers: HTTPFields, id: String, body: [UInt8]) -> Bool {
        let timestamp = value("webhook-timestamp", in: headers)
        guard let key = Base64.decode(DemoWorld.secret.dropFirst("whsec_".count)) else {
            return false
        }
        let signed = Array("\(id).\(timestamp).".utf8) + body
        let expected = "v1," + Base64.encode(Digest.hmacSHA256(key: key, message: signed))
        return value("webhook-signature", in: headers).split(separator: " ")
            .contains { $0 == expected }
    }

    private static func value(_ name: String, in headers: HTTPFields) -> String {
        HTTPField.Name(name).flatMap { headers[$0] } ?? ""
    }
}
