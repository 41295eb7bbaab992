// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import Fulfillment
import PostgresStore
import SecureTransport
import ServiceClients
import Sessions
import Wire

/// Between which two meshes, and as whom.
struct MigrationOptions: ParsableArguments {
    @Option(help: "Address of the broker, or bridge, to move from: HOST:PORT.")
    var from: String

    @Option(help: "Address of the broker, or bridge, to move to.")
    var to: String

    @Option(help: "Whom the certificate of the source must name.")
    var fromService: String = "brokerd"

    @Option(help: "Whom the certificate of the target must name.")
    var toService: String = "bridged"

    @Option(help: "Address of the limiter to move from; a bridge is its own.")
    var fromLimiter: String?

    @Option(help: "Address of the limiter to move to; a bridge is its own.")
    var toLimiter: String?

    @Option(
        help: ArgumentHelp(
            "The database of ingestd (libpq connection string): its idempotency keys go to the bridge, "
                + "or come back from there.",
            discussion: "MESH_POSTGRES_CONNINFO by default. Without either, keys stay."))
    var postgres: String?

    @Option(
        help: ArgumentHelp(
            "fulfillmentd's receipts.dir: its receipts are copied to the bridge, or come from there.",
            discussion: "The database that --postgres names says which there are."))
    var receipts: String?

    @Option(help: "Name of the certificate that may put receipts.")
    var receiptsIdentity: String = "fulfillmentd"

    @Option(help: "Directory of certificates.")
    var certificates: String

    @Option(help: "Name of the operator's certificate.")
    var identity: String = "operator"

    func validate() throws {
        guard receipts != nil else { return }
        guard (toService == "bridged") != (fromService == "bridged") else {
            throw ValidationError("--receipts is between a directory and one bridge")
        }
        guard databaseName != nil else {
            throw ValidationError("--receipts needs --postgres: it says which there are")
        }
    }

    private var databaseName: String? {
        postgres ?? ProcessInfo.processInfo.environment["MESH_POSTGRES_CONNINFO"]
    }

    /// Opens all connections, runs `body`, closes them.
    func withEnds<Result: Sendable>(
        _ body: @escaping @Sendable (MigrationEnds) async throws -> Result
    ) async throws -> Result {
        let source = try connection(from, fromService)
        let target = try connection(to, toService)
        // A bridge is a limiter too.
        let limiters = (
            source: try fromLimiter.map { try connection($0, "ratelimitd") }
                ?? (fromService == "bridged" ? source : nil),
            target: try toLimiter.map { try connection($0, "ratelimitd") }
                ?? (toService == "bridged" ? target : nil)
        )
        let others = [limiters.source, limiters.target].compactMap(\.self)
            .filter { $0 !== source && $0 !== target }
        return try await Self.keeping([source, target] + others) {
            try await body(
                MigrationEnds(
                    // The bridge looks through all dead letters for one answer.
                    source: BrokerClient(source, deadline: .seconds(40)),
                    target: BrokerClient(target, deadline: .seconds(40)),
                    sourceLimiter: limiters.source.map { LimiterClient($0) },
                    targetLimiter: limiters.target.map { LimiterClient($0) },
                    sourceKeys: fromService == "bridged" ? KeyClient(source) : nil,
                    targetKeys: toService == "bridged" ? KeyClient(target) : nil,
                    who: identity))
        }
    }

    /// Runs `body` with where receipts come from and go to, or with nothing.
    func withReceipts<Result: Sendable>(
        _ body:
            @escaping @Sendable ((source: any ReceiptPlace, target: any ReceiptPlace)?)
            async throws -> Result
    ) async throws -> Result {
        guard let receipts else { return try await body(nil) }
        let directory = ReceiptDirectory(path: receipts)
        let isOut = toService == "bridged"
        if isOut {
            guard FileManager.default.fileExists(atPath: receipts) else {
                throw CommandError("\(receipts) does not exist")
            }
        } else {
            try directory.prepare()
        }
        let connection = try connection(
            isOut ? to : from, isOut ? toService : fromService, as: receiptsIdentity)
        let client = ReceiptClient(connection)
        return try await Self.keeping([connection]) {
            try await body(isOut ? (directory, client) : (client, directory))
        }
    }

    /// Runs `body` while the connections are kept.
    private static func keeping<Result: Sendable>(
        _ connections: [MeshConnection], _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for connection in connections { group.addTask { try await connection.run() } }
            defer { group.cancelAll() }
            for connection in connections { try await connection.connected(within: .seconds(10)) }
            return try await body()
        }
    }

    /// Runs `body` with the database that is named, or with none.
    func withDatabase<Result: Sendable>(
        _ body: (PostgresPool?) async throws -> Result
    ) async throws -> Result {
        guard let databaseName else { return try await body(nil) }
        return try await MeshDatabase.withPool(databaseName, logger: MeshDatabase.silentLogger) {
            pool in
            try await body(pool)
        }
    }

    private func connection(
        _ address: String, _ service: String, as name: String? = nil
    ) throws -> MeshConnection {
        guard let endpoint = MeshEndpoint(address) else {
            throw CommandError("not an address: \(address); write HOST:PORT")
        }
        return try MeshOptions.connection(
            to: service, at: endpoint,
            files: TLSFiles(directory: certificates, name: name ?? identity))
    }
}
