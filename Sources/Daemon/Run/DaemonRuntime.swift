// SPDX-License-Identifier: MIT

import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import Metrics
import SecureTransport
package import ServiceLifecycle
import UnixSignals

/// The life of a daemon: options, configuration, logs, metrics, health, services, drain, exit code.
///
/// Every `main` looks the same:
/// ```swift
/// import Broker
/// import Daemon
///
/// @main
/// struct Brokerd {
///     static func main() async {
///         await DaemonRuntime.main("brokerd", BrokerConfiguration.self) { configuration, context in
///             [try await BrokerService(configuration, context)]
///         }
///     }
/// }
/// ```
/// Exit codes: 0 after a clean drain, 64 for a wrong command line, 78 for a wrong configuration
/// (certificates and keys that cannot be read among it),
/// 1 for any other failure; each failure leaves one line on standard error that says what it was.
package enum DaemonRuntime {
    /// Runs the daemon `program` until SIGTERM or SIGINT; returns only after a clean drain.
    ///
    /// The services start together and shut down in reverse order, so put first what others need.
    ///
    /// - Parameters:
    ///   - presumed: values by dotted key that stand where neither file, environment nor flags set one.
    ///   - isFrozenBetweenRequests: then each line of the log is written at once, since what waits could wait
    ///     until the next request, or for ever.
    ///   - arguments: nil for the process's own.
    ///   - cannotStart: told why, before the process ends for it.
    package static func main<Settings: DaemonSettings>(
        _ program: String,
        _ settings: Settings.Type,
        presuming presumed: [String: String] = [:],
        isFrozenBetweenRequests: Bool = false,
        arguments: [String]? = nil,
        cannotStart: @Sendable (any Error) async -> Void = { _ in },
        services build: @Sendable (Settings, DaemonContext) async throws -> [any Service]
    ) async {
        TLSLibrary.keepUntilProcessEnds()
        let options = DaemonOptions.parseOrExit(as: program, arguments)
        do {
            let source = try options.source(
                presumed: presumed, environment: ProcessInfo.processInfo.environment)
            let reader = SettingsReader(daemon: program, source: source)
            let runtime = try RuntimeSettings(from: reader)
            let own = try Settings(from: reader)
            try reader.refuseUnknownKeys()
            if options.printConfig {
                print(try EffectiveConfiguration(reader.effective).json)
            } else if options.healthCheck {
                try await checkHealth(runtime.admin, path: "/readyz")
            } else if options.livenessCheck {
                try await checkHealth(runtime.admin, path: "/healthz")
            } else {
                let log = LogBuffer(
                    write: StandardError.write, isGathering: !isFrozenBetweenRequests)
                try await run(options.name ?? program, runtime, own, log, cannotStart, build)
            }
        } catch let error as ConfigurationError {
            await cannotStart(error)
            fail("\(program): \(error)", code: EX_CONFIG)
        } catch {
            await cannotStart(error)
            fail("\(program): \(error)", code: EXIT_FAILURE)
        }
    }

    private static func run<Settings>(
        _ name: String,
        _ runtime: RuntimeSettings,
        _ settings: Settings,
        _ log: LogBuffer,
        _ cannotStart: @Sendable (any Error) async -> Void,
        _ build: @Sendable (Settings, DaemonContext) async throws -> [any Service]
    ) async throws {
        signal(SIGPIPE, SIG_IGN)
        let context = bootstrap(name, runtime, log)
        context.logger.info("starting")
        do {
            let services: [any Service]
            do {
                services = try await build(settings, context)
            } catch {
                await cannotStart(error)
                throw error
            }
            try await group(services, runtime, context, log).run()
        } catch {
            context.logger.critical("failed", metadata: .keyed([.error: "\(error)"]))
            exit(error is ConfigurationError ? EX_CONFIG : EXIT_FAILURE)
        }
        context.logger.info("stopped")
    }

    private static func bootstrap(
        _ name: String, _ runtime: RuntimeSettings, _ log: LogBuffer
    ) -> DaemonContext {
        let clock = WallClock()
        let logFields = LogFields()
        LoggingSystem.bootstrap { _ in
            var handler = JSONLogHandler(
                daemon: name, level: runtime.logLevel, clock: clock, sink: log.add)
            handler.metadataProvider = logFields.provider
            return handler
        }
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        ProcessMetrics.register(in: metrics, started: clock.now())
        let logger = Logger(label: name)
        return DaemonContext(
            name: name, logger: logger, clock: clock, readiness: Readiness(), metrics: metrics,
            ports: PortsFile(directory: runtime.runDirectory, name: name, logger: logger),
            drainLimit: runtime.drainLimit, reloads: ReloadService(logger: logger),
            logFields: logFields)
    }

    private static func group(
        _ services: [any Service], _ runtime: RuntimeSettings, _ context: DaemonContext,
        _ log: LogBuffer
    ) -> ServiceGroup {
        let admin = AdminServer(
            settings: runtime.admin, readiness: context.readiness, metrics: context.metrics,
            logger: context.logger
        ) { context.ports.listening("admin", on: $0) }
        let watch = DrainWatch(readiness: context.readiness, logger: context.logger)
        // The group's own notes would double ours: what fails is logged once, above.
        var quiet = context.logger
        quiet.logLevel = .critical
        var configuration = ServiceGroupConfiguration(
            services: [log, admin, context.reloads] + services + [watch],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = runtime.drainLimit
        return ServiceGroup(configuration: configuration)
    }

    private static func checkHealth(_ admin: ListenSettings, path: String) async throws {
        let (isReady, body) = try await HealthProbe.ask(admin, path: path)
        print(body)
        if !isReady { exit(EXIT_FAILURE) }
    }

    private static func fail(_ line: String, code: Int32) -> Never {
        StandardError.write(Array((line + "\n").utf8))
        exit(code)
    }
}
