// SPDX-License-Identifier: MIT
package import Daemon
import Logging
package import PostgresStore
import SecureTransport
import ServiceClients
package import ServiceLifecycle
package import Sessions

/// What every stage daemon is made of besides its handler.
package struct StageParts: Sendable {
    package let pool: PostgresPool
    private let settings: StageSettings
    private let context: DaemonContext
    private let tls: TLSContext
    private let connection: MeshConnection
    /// One for all stages of the daemon: a connection tells one client what it is sent.
    private let queue: BrokerStepQueue
    /// Sends on what follows from no delivery.
    package let announcer: StepAnnouncer

    /// Waits for the database.
    ///
    /// - Throws: when the database has another schema, or a certificate is missing.
    package init(_ settings: StageSettings, _ context: DaemonContext) async throws {
        self.settings = settings
        self.context = context
        let tls = try settings.tls.context(.client)
        self.tls = tls
        pool = PostgresPool(
            PostgresConfiguration(
                connectionInfo: settings.postgres.conninfo,
                connectionCount: settings.postgres.connectionCountMax,
                applicationName: context.name, scansTables: false),
            logger: context.logger)
        try await SchemaMigration.await(on: pool, logger: context.logger)
        context.onReload("tls") { try tls.reload() }
        connection = MeshConnection(
            to: MeshEndpoint(host: settings.broker.host, port: settings.broker.port), tls: tls,
            expecting: .service(settings.brokerIdentity), name: context.name,
            group: context.eventLoopGroup)
        let client = BrokerClient(connection)
        queue = BrokerStepQueue(client)
        announcer = StepAnnouncer(client)
    }

    /// A connection to another daemon that the stage stands on; whoever asks keeps it up.
    ///
    /// - Parameter identity: the service that its certificate must name.
    package func connection(
        to endpoint: EndpointSettings, expecting identity: String
    ) -> MeshConnection {
        MeshConnection(
            to: MeshEndpoint(host: endpoint.host, port: endpoint.port), tls: tls,
            expecting: .service(identity), name: context.name, group: context.eventLoopGroup)
    }

    /// Everything to run, in the sequence of starting; shut down from the last to the first, so that
    /// a stage settles its last batch while broker and database are still there.
    package func services(
        running handler: some StageHandler, beside others: [any Service] = []
    ) -> [any Service] {
        base + others + [runtime(handler)]
    }

    /// The same for two queues that one stage works on, `later` under readiness check `retries`.
    package func services(
        running handler: some StageHandler, and later: some StageHandler,
        beside others: [any Service]
    ) -> [any Service] {
        base + others + [runtime(later, check: "retries"), runtime(handler)]
    }

    private var base: [any Service] { [pool, ConnectionService(connection)] }

    private func runtime(
        _ handler: some StageHandler, check: String = "stage"
    ) -> any Service {
        StageRuntime(
            handler, queue: queue, configuration: settings.stage, logger: context.logger,
            readiness: context.readiness, check: check)
    }
}
