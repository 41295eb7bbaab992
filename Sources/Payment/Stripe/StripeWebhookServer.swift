// SPDX-License-Identifier: MIT
import Daemon
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Metrics
import NIOCore
import PostgresStore
import SecureTransport
import ServiceLifecycle

/// `POST /stripe/webhook`, plain HTTP: a gateway that ends TLS stands before it.
struct StripeWebhookServer: Service {
    private let desk: StripeWebhookDesk
    private let settings: ListenSettings
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// Stripe's events take a few KiB.
    static let bodyByteCountMax = 256 << 10
    private static let idleMax = TimeAmount.seconds(30)

    init(
        _ settings: StripeWebhookSettings, _ reconciler: PaymentReconciler<StripeProvider>,
        pool: PostgresPool, _ context: DaemonContext
    ) {
        self.settings = settings.listen
        logger = context.logger
        desk = StripeWebhookDesk(
            settings: settings, reconciler: reconciler, pool: pool, clock: context.clock,
            logger: context.logger)
        onListening = { context.ports.listening("webhook", on: $0) }
    }

    /// Serves until cancelled or shut down; calls under way are answered.
    func run() async throws {
        let router = Router()
        router.post("stripe/webhook") { request, _ in await answer(request) }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: router,
            server: .http1(configuration: HTTP1Channel.Configuration(idleTimeout: Self.idleMax)),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: nil),
            onServerRunning: { [onListening] in onListening($0.localAddress?.port ?? 0) },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw ListenError(error, host: settings.host, port: settings.port)
        }
    }

    private func answer(_ request: Request) async -> Response {
        do throws(StripeWebhookRefusal) {
            let body = try await bytes(of: request)
            let outcome = try await desk.take(body, signature: request.headers[.stripeSignature])
            return Self.response(200, outcome.rawValue, #"{"outcome":"\#(outcome.rawValue)"}"#)
        } catch {
            return Self.response(error.status, error.rawValue, #"{"error":"\#(error.rawValue)"}"#)
        }
    }

    private func bytes(of request: Request) async throws(StripeWebhookRefusal) -> [UInt8] {
        do {
            return Array(
                buffer: try await request.body.collect(upTo: Self.bodyByteCountMax))
        } catch is NIOTooManyBytesError {
            throw .tooLarge
        } catch {
            // It was cut off: nobody is there to read the answer.
            throw .malformed
        }
    }

    private static func response(_ status: Int, _ outcome: String, _ json: String) -> Response {
        Counter(label: "mesh_stripe_webhooks_total", dimensions: [("outcome", outcome)]).increment()
        return Response(
            status: HTTPResponse.Status(code: status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
    }
}

extension HTTPField.Name {
    fileprivate static let stripeSignature: HTTPField.Name = {
        guard let name = HTTPField.Name("Stripe-Signature") else {
            preconditionFailure("a token it is")
        }
        return name
    }()
}
