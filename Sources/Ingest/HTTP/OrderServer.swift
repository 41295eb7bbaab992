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
    private let idleLimit: Duration
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    private static let headerFieldByteCountMax = 8 * 1024
    private static let headerByteCountMax = 32 * 1024
    private static let headerCountMax = 100

    /// - Parameter onListening: is told the port once it is open.
    init(
        edge: HTTPEdge, settings: ListenSettings, idleLimit: Duration, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.edge = edge
        self.settings = settings
        self.idleLimit = idleLimit
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until cancelled or shut down; requests under way are answered.
    func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let channel = HTTP1Channel.Configuration(
            idleTimeout: .nanoseconds(idleLimit.wholeNanoseconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Self.headerFieldByteCountMax,
                maxHeaderListSize: Self.headerByteCountMax,
                maxHeaderFieldCount: Self.headerCountMax))
        let application = Application(
            router: edge.router(), server: .http1(configuration: channel),
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
