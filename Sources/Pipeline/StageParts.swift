// SPDX-License-Identifier: MIT
package import Daemon
import Logging
package import PostgresStore
import SecureTransport
package import ServiceLifecycle
package import Sessions

/// What every stage's program is made of besides its handler.
package struct StageParts: Sendable {
    package let pool: PostgresPool
    private let settings: StageSettings
    private let context: DaemonContext
    private let line: StageLine
    /// Sends on what follows from no delivery.
    package var announcer: StepAnnouncer { line.announcer }

    /// Waits for the database.
    ///
    /// - Throws: when the database has another schema, or the feed cannot be had.
    package init(
        _ settings: StageSettings, _ feed: some StageFeed, _ context: DaemonContext
    ) async throws {
        self.settings = settings
        self.context = context
        line = try feed.open(settings, context)
        pool = PostgresPool(
            PostgresConfiguration(
                connectionInfo: settings.postgres.conninfo,
                connectionCount: settings.postgres.connectionCountMax,
                applicationName: context.name, scansTables: false),
            logger: context.logger)
        try await SchemaMigration.await(on: pool, logger: context.logger)
    }

    /// A connection to another daemon that the stage stands on; whoever asks keeps it up.
    ///
    /// - Parameter identity: the service that its certificate must name.
    /// - Throws: when the stage has no certificate.
    package func connection(
        to endpoint: EndpointSettings, expecting identity: String
    ) throws -> MeshConnection {
        guard let broker = settings.broker else {
            throw ConfigurationError(
                .outOfBounds, key: "stage.source",
                "is \(settings.source.rawValue): there is no certificate to call \(identity) with")
        }
        let tls = try broker.tls.context(.client)
        context.onReload("tls.\(identity)") { try tls.reload() }
        return MeshConnection(
            to: MeshEndpoint(host: endpoint.host, port: endpoint.port), tls: tls,
            expecting: .service(identity), name: context.name, group: context.eventLoopGroup)
    }

    /// Where receipts are put when no other place is configured.
    ///
    /// - Throws: when the feed keeps none.
    package var receiptPost: ReceiptPost {
        get throws {
            guard let post = line.receiptPost else {
                throw ConfigurationError(
                    .missing, key: "receipts.dir", "is required: nobody else keeps receipts here")
            }
            return post
        }
    }

    /// Everything to run, in the sequence of starting; shut down from the last to the first, so that
    /// a stage settles its last batch while broker and database are still there.
    package func services(
        running handler: some StageHandler, beside others: [any Service] = []
    ) -> [any Service] {
        base + beside(others) + [runtime(handler)] + line.drivers
    }

    /// The same for two queues that one stage works on, `later` under readiness check `retries`.
    package func services(
        running handler: some StageHandler, and later: some StageHandler,
        beside others: [any Service]
    ) -> [any Service] {
        base + beside(others) + [runtime(later, check: "retries"), runtime(handler)]
            + line.drivers
    }

    private var base: [any Service] { [pool] + line.links }

    private func beside(_ others: [any Service]) -> [any Service] {
        line.runChores(others.compactMap { $0 as? any StageChore })
            + others.filter { !($0 is any StageChore) }
    }

    private func runtime(
        _ handler: some StageHandler, check: String = "stage"
    ) -> any Service {
        line.queue.runtime(
            of: handler, settings.stage, logger: context.logger, readiness: context.readiness,
            check: check)
    }
}

extension StepQueue {
    /// A stage that works on this queue, whatever kind of queue it is.
    fileprivate func runtime(
        of handler: some StageHandler, _ configuration: StageConfiguration, logger: Logger,
        readiness: Readiness, check: String
    ) -> any Service {
        StageRuntime(
            handler, queue: self, configuration: configuration, logger: logger,
            readiness: readiness, check: check)
    }
}
