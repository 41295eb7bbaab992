// SPDX-License-Identifier: MIT

package import Logging
package import NIOCore
import NIOPosix
package import Orders

/// What the runtime hands to a daemon's services.
package struct DaemonContext: Sendable {
    /// The name of this instance: the program's, unless `--name` was given.
    package let name: String
    package let logger: Logger
    package let clock: any MeshClock
    package let readiness: Readiness
    package let metrics: MetricsRegistry
    /// Every listener reports its port here.
    package let ports: PortsFile
    /// The time that a drain may take.
    package let drainLimit: Duration
    /// What every line of the log says from now on, beside its own.
    package let logFields: LogFields

    let reloads: ReloadService

    init(
        name: String, logger: Logger, clock: any MeshClock, readiness: Readiness,
        metrics: MetricsRegistry, ports: PortsFile, drainLimit: Duration, reloads: ReloadService,
        logFields: LogFields = LogFields()
    ) {
        self.name = name
        self.logger = logger
        self.clock = clock
        self.readiness = readiness
        self.metrics = metrics
        self.ports = ports
        self.drainLimit = drainLimit
        self.reloads = reloads
        self.logFields = logFields
    }

    /// For services that run inside another program, such as a benchmark or a test: nothing of the
    /// process is touched, and no ports file is written.
    ///
    /// - Parameter onListening: told each listener (`mesh`, `http`) and its port once it is open.
    package init(
        embedding name: String, logger: Logger, clock: any MeshClock = WallClock(),
        drainLimit: Duration = .seconds(5),
        onListening: @escaping @Sendable (String, Int) -> Void = { _, _ in }
    ) {
        self.init(
            name: name, logger: logger, clock: clock, readiness: Readiness(),
            metrics: MetricsRegistry(),
            ports: PortsFile(
                directory: nil, name: name, logger: logger, onListening: onListening),
            drainLimit: drainLimit,
            reloads: ReloadService(logger: logger))
    }

    /// The event loops of this process, one a core.
    package var eventLoopGroup: any EventLoopGroup { .singletonMultiThreadedEventLoopGroup }

    /// Has `hook` run at SIGHUP. When it throws, the error is logged and the old state stays.
    package func onReload(_ name: String, _ hook: @escaping @Sendable () async throws -> Void) {
        reloads.add(name, hook)
    }
}
