// SPDX-License-Identifier: MIT
package import Daemon
import Logging
import NIOCore
import Orders
import PostgresStore
import SecureTransport
import ServiceClients
package import ServiceLifecycle
import Sessions

/// The ingest daemon: two edges, one admission.
package struct IngestService: Service {
    private let listener: MeshListener
    private let context: DaemonContext
    private let parts: [any Service]

    /// Opens the doors of the mesh; those of HTTP open with the services.
    ///
    /// - Throws: when the database is not there or has another schema, or a port cannot be had.
    package init(_ settings: IngestSettings, _ context: DaemonContext) async throws {
        self.context = context
        let logger = context.logger
        let outward = try settings.tls.context(.client)
        let server = try settings.tls.context(.server)
        let pool = PostgresPool(
            PostgresConfiguration(
                connectionInfo: settings.postgres.conninfo,
                connectionCount: settings.postgres.connectionCountMax,
                applicationName: context.name, scansTables: false),
            logger: logger)
        try await SchemaMigration.await(on: pool, logger: logger)
        context.onReload("tls") {
            try outward.reload()
            try server.reload()
        }
        let broker = Self.connection(
            to: settings.broker, settings.brokerIdentity, outward, context)
        let limiter = Self.connection(
            to: settings.limiter, settings.limiterIdentity, outward, context)

        Self.report(limiter, as: "limiter", to: context.readiness)

        let metrics = AdmissionMetrics()
        let keyService = Self.keyService(settings, outward, context)
        let store = try await Self.store(on: pool, keysWith: keyService, settings, context)
        let gate = DepthGate(outboxCountMax: settings.outboxCountMax)
        let client = BrokerClient(broker, deadline: InventoryQueue.deadline)
        let queue = InventoryQueue(client)
        let sent = SentMessages(store: store, logger: logger)
        let gatherer = OrderGatherer(
            BatchProcessor(
                store: store, queue: queue, gate: gate, sent: sent, clock: context.clock,
                metrics: metrics, logger: logger),
            batchCountMax: settings.batchCountMax, waitingCountMax: settings.waitingCountMax)
        let hub = WatchHub(
            store: store,
            limits: .init(
                tenantWatcherCountMax: settings.tenantWatcherCountMax,
                heartbeat: settings.heartbeat),
            logger: logger)
        let desk = AdmissionDesk(
            limiter: LimiterClient(limiter), gatherer: gatherer, gate: gate,
            names: keyService.map { KeyNames($0, logger: logger) }, store: store, hub: hub,
            clock: context.clock, keyLifetime: settings.keyLifetime,
            keyPatience: settings.keyPatience, metrics: metrics, logger: logger)
        let requests = MeshRequests(desk: desk)
        let keys = APIKeyRing(pool: pool, logger: logger)
        let http = try Self.server(desk, keys, settings, context)
        // Shut down from the last to the first: doors, then work under way, then what it needs.
        let connections = [broker, limiter, keyService].compactMap(\.self)
        parts =
            [pool] + connections.map { ConnectionService($0) } + [
                DepthWatch(client, gate: gate, readiness: context.readiness),
                Housekeeping(
                    store: store, clock: context.clock, readiness: context.readiness, logger: logger
                ),
                OutboxSweeper(
                    store: store, queue: queue, gate: gate, clock: context.clock,
                    outboxCountMax: settings.outboxCountMax, metrics: metrics,
                    readiness: context.readiness, logger: logger),
                WeightKeeper(store: store, broker: client, logger: logger),
                keys, sent, gatherer, requests, http, hub,
            ]
        listener = try await MeshListener.bind(
            host: settings.mesh.host, port: settings.mesh.port, tls: server,
            group: context.eventLoopGroup, name: context.name, log: logger
        ) { _ in IngestFrameService(requests: requests, hub: hub) }
        context.ports.listening("mesh", on: listener.port)
    }

    /// The port that the mesh protocol comes in on.
    package var port: Int { listener.port }

    /// What keeps the daemon going, in the order of starting.
    package var services: [any Service] { parts + [self] }

    /// Serves until shut down, then lets sessions finish what they asked for.
    package func run() async throws {
        // Cancelled or shut down, the end is the same.
        try? await gracefulShutdown()
        await listener.drain(grace: context.drainLimit / 2)
    }

    /// The door for HTTP, and for HTTPS where that is configured.
    private static func server(
        _ desk: AdmissionDesk, _ keys: APIKeyRing, _ settings: IngestSettings,
        _ context: DaemonContext
    ) throws(ConfigurationError) -> OrderServer {
        var https: TLSContext?
        if settings.isHTTPSecure {
            let tls = try settings.tls.context(.server, policy: .https)
            context.onReload("https") { try tls.reload() }
            https = tls
        }
        let doorkeeper = Doorkeeper(
            keys: keys, connections: ConnectionBook(),
            isAnonymousAllowed: settings.isAnonymousAllowed)
        return OrderServer(
            edge: HTTPEdge(desk: desk, clock: context.clock, doorkeeper: doorkeeper),
            settings: settings.http,
            limits: .init(
                idle: settings.idleLimit, request: settings.requestLimit,
                unread: settings.unreadLimit),
            tls: https, logger: context.logger
        ) { context.ports.listening("http", on: $0) }
    }

    /// Without the limiter nothing is admitted.
    static func report(
        _ connection: MeshConnection, as check: String, to readiness: Readiness
    ) {
        readiness.expect(check, reason: "not connected")
        connection.onConnected { readiness.ready(check) }
        connection.onDisconnected { _ in readiness.unready(check, reason: "not connected") }
    }

    static func connection(
        to endpoint: EndpointSettings, _ service: String, _ tls: TLSContext,
        _ context: DaemonContext
    ) -> MeshConnection {
        MeshConnection(
            to: MeshEndpoint(host: endpoint.host, port: endpoint.port), tls: tls,
            expecting: .service(service), name: context.name, group: context.eventLoopGroup)
    }
}
