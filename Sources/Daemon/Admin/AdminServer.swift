// SPDX-License-Identifier: MIT

import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import SecureTransport
import ServiceLifecycle

/// Health and metrics over plain HTTP, for the machines that watch this daemon.
///
/// - `GET /healthz`: 200 as long as the process answers.
/// - `GET /readyz`: 200 when ready, else 503; the checks as JSON in both cases.
/// - `GET /metrics`: Prometheus text 0.0.4.
final class AdminServer: Service {
    private let settings: ListenSettings
    private let readiness: Readiness
    private let metrics: MetricsRegistry
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// `onListening` is told the port once it is open.
    init(
        settings: ListenSettings,
        readiness: Readiness,
        metrics: MetricsRegistry,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.settings = settings
        self.readiness = readiness
        self.metrics = metrics
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until cancelled or gracefully shut down; throws when the port cannot be had.
    func run() async throws {
        let router = Router()
        router.get("healthz") { _, _ in Self.text("ok\n") }
        router.get("readyz") { [readiness] _, _ in Self.answer(readiness) }
        router.get("metrics") { [metrics] _, _ in
            Self.text(metrics.exposition, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: nil),
            onServerRunning: { [onListening] channel in
                onListening(channel.localAddress?.port ?? 0)
            },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw ListenError(error, host: settings.host, port: settings.port)
        }
    }

    private static func answer(_ readiness: Readiness) -> Response {
        var checks: Logger.Metadata = [:]
        for (name, check) in readiness.checks {
            checks[name] = [
                "ready": .stringConvertible(check.isReady), "reason": .string(check.reason),
            ]
        }
        let isReady = readiness.isReady
        var body = JSONLine()
        body.add("status", isReady ? "ready" : readiness.isDraining ? "draining" : "unready")
        body.add("checks", .dictionary(checks))
        return text(
            String(decoding: body.closed(), as: UTF8.self), type: "application/json",
            status: isReady ? .ok : .serviceUnavailable)
    }

    private static func text(
        _ text: String, type: String = "text/plain; charset=utf-8",
        status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
