// SPDX-License-Identifier: MIT
import AWS
import Daemon
import Logging
import Orders
import QueueState
import Wire

/// The mesh's part of AWS: its table, its queues and its bucket, and whether they can be used.
struct BridgeCloud: Sendable {
    let desk: BridgeDesk
    private let database: DynamoDBClient
    private let setup: CloudSetup
    private let settings: BridgeSettings.Cloud
    private let logger: Logger

    private static let lookInterval = Duration.seconds(10)
    private static let impatientInterval = Duration.seconds(1)

    init(
        _ settings: BridgeSettings.Cloud, credentials: CredentialSource,
        transport: any AWSTransport, clock: any MeshClock, logger: Logger,
        deletesCarriers: Bool = true
    ) {
        let client = AWSClient(
            configuration: AWSConfiguration(
                region: settings.region, endpoint: settings.endpoint,
                attemptTimeout: settings.timeout),
            credentials: credentials, transport: transport)
        self.settings = settings
        self.logger = logger
        database = DynamoDBClient(client)
        setup = CloudSetup(
            client, table: settings.table, prefix: settings.queuePrefix, bucket: settings.bucket)
        desk = BridgeDesk(
            settings, sqs: SQSClient(client), database: database, objects: S3Client(client),
            clock: clock, logger: logger, deletesCarriers: deletesCarriers)
    }

    /// Makes what is missing, if that is allowed, and reports whether the cloud can be used, until
    /// cancelled.
    func watch(_ readiness: Readiness, check: String) async {
        var isProvisioned = !settings.isProvisioning
        while !Task.isCancelled {
            do throws(BridgeRefusal) {
                if !isProvisioned { try await provision() }
                isProvisioned = true
                try await look()
                readiness.ready(check)
            } catch {
                readiness.unready(check, reason: error.reply.message)
            }
            let isReady = readiness.checks[check]?.isReady ?? false
            do {
                try await Task.sleep(for: isReady ? Self.lookInterval : Self.impatientInterval)
            } catch {
                return
            }
        }
    }

    private func look() async throws(BridgeRefusal) {
        let status = try await refusing { () throws(AWSError) in
            try await database.status(of: settings.table)
        }
        guard status == "ACTIVE" else {
            throw BridgeRefusal(
                .unavailable, "table \(settings.table) is \(status ?? "missing")")
        }
    }

    /// The table, the queues and the bucket; what is there and right stays as it is.
    func provision() async throws(BridgeRefusal) {
        try await refusing { () throws(AWSError) in
            try await setup.apply { finding in
                logger.info("mended", metadata: .keyed([.reason: "\(finding)"]))
            }
        }
        try await look()
    }
}

extension BridgeDesk {
    init(
        _ settings: BridgeSettings.Cloud, sqs: SQSClient, database: DynamoDBClient,
        objects: S3Client, clock: any MeshClock, logger: Logger, deletesCarriers: Bool
    ) {
        let ledger = MessageLedger(database: database, table: settings.table)
        let publisher = Publisher(sqs: sqs, ledger: ledger, clock: clock)
        let catalog = QueueCatalog(
            sqs: sqs, database: database, table: settings.table,
            naming: QueueNaming(prefix: settings.queuePrefix), clock: clock,
            isProvisioning: settings.isProvisioning)
        let depths = DepthProbe(sqs: sqs, clock: clock)
        let leases = LeaseTable()
        let finisher = Finisher(
            sqs: sqs, ledger: ledger, publisher: publisher, catalog: catalog, clock: clock,
            logger: logger, deletesCarriers: deletesCarriers)
        self.init(
            catalog: catalog, depths: depths, ledger: ledger, publisher: publisher,
            claimer: Claimer(
                sqs: sqs, ledger: ledger, leases: leases, finisher: finisher, clock: clock,
                logger: logger),
            settler: Settler(
                catalog: catalog, leases: leases, ledger: ledger, finisher: finisher,
                depths: depths, clock: clock),
            deadLetters: DeadLetterDesk(
                sqs: sqs, ledger: ledger, publisher: publisher, clock: clock),
            leases: leases, buckets: BucketLedger(database: database, table: settings.table),
            plans: PlanLedger(database: database, table: settings.table, clock: clock),
            keys: KeyLedger(database: database, table: settings.table, clock: clock),
            receipts: settings.bucket.map { ReceiptVault(objects: objects, bucket: $0) },
            sqs: sqs, clock: clock, logger: logger)
    }
}
