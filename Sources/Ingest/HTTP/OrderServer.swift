// SPDX-License-Identifier: MIT
import Daemon
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Orders
import SecureTransport
import ServiceLifecycle

/// HTTP/1.1 for customers, with limits on headers, bodies and idle connections.
struct OrderServer: Service {
    private let edge: HTTPEdge
    private let settings: ListenSettings
    private let limits: Limits
    private let tls: TLSContext?
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// How long a connection may do nothing, a request may take to arrive, and an answer may lie
    /// unread.
    struct Limits {
        let idle: Duration
        let request: Duration
        let unread: Duration
    }

    private static let headerFieldByteCountMax = 8 * 1024
    private static let headerByteCountMax = 32 * 1024
    private static let headerCountMax = 100

    /// - Parameters:
    ///   - tls: nil for plain HTTP.
    ///   - onListening: is told the port once it is open.
    init(
        edge: HTTPEdge, settings: ListenSettings, limits: Limits, tls: TLSContext?, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.edge = edge
        self.settings = settings
        self.limits = limits
        self.tls = tls
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until cancelled or shut down; requests under way are answered.
    func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let channel = HTTP1Channel.Configuration(
            idleTimeout: .nanoseconds(limits.idle.wholeNanoseconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Self.headerFieldByteCountMax,
                maxHeaderListSize: Self.headerByteCountMax,
                maxHeaderFieldCount: Self.headerCountMax))
        let (tls, limits, connections) = (tls, limits, edge.doorkeeper.connections)
        let server = HTTPServerBuilder { responder in
            GuardedHTTPChannel(
                base: HTTP1Channel(responder: responder, configuration: channel), tls: tls,
                connections: connections, limits: limits)
        }
        let application = Application(
            router: edge.router(), server: server,
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
}
