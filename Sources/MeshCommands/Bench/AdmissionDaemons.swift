// SPDX-License-Identifier: MIT
import Foundation
import PostgresStore
import SecureTransport
import Sessions

/// What admission needs, and nothing behind it: PostgreSQL that syncs, broker, limiter, ingestd.
struct AdmissionDaemons {
    let ingest: PrivateDaemon
    let tls: TLSFiles
    let httpPort: Int
    /// The libpq string of their database.
    let postgres: String
    private let others: [PrivateDaemon]
    private let cluster: PrivateCluster
    private let directory: String

    /// - Parameter settings: of ingestd, beside its neighbours.
    static func start(
        in parent: String?, settings: [String: String] = [:]
    ) async throws -> AdmissionDaemons {
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        let directory = parent + "/bench-" + UUID().uuidString
        let cluster = try PrivateCluster.start(
            in: "/tmp/mesh-bench-\(getpid())", isTemporary: true)
        let info = cluster.connectionInfo()
        try await BenchPlan.prepare(info)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let certificates = directory + "/certs"
        let authority = try CertificateAuthority.create(directory: certificates)
        for name in ["brokerd", "ratelimitd", "ingestd"] {
            try authority.issue(.init(identity: .service(name)), to: certificates)
        }
        let tls = try authority.issue(.init(identity: .operator("bench")), to: certificates)
        let common = ["MESH_TLS_DIR": certificates, "MESH_POSTGRES_CONNINFO": info]
        let broker = try await PrivateDaemon.start(
            "brokerd", in: parent,
            settings: common.merging(["MESH_QUEUE_DEPTH": "100000000"]) { $1 })
        let limiter = try await PrivateDaemon.start("ratelimitd", in: parent, settings: common)
        let ingest = try await PrivateDaemon.start(
            "ingestd", in: parent,
            settings: common.merging([
                "MESH_BROKER_PORT": "\(broker.endpoint.port)",
                "MESH_LIMITER_PORT": "\(limiter.endpoint.port)", "MESH_HTTP_PORT": "0",
                "MESH_HTTP_ANONYMOUS": "true",
            ]) { $1 }.merging(settings) { $1 })
        let port = try await PrivateDaemon.port(
            ingest.directory + "/ingestd.ports", of: "http", log: ingest.directory + "/log")
        return AdmissionDaemons(
            ingest: ingest, tls: tls, httpPort: port, postgres: info, others: [limiter, broker],
            cluster: cluster,
            directory: directory)
    }

    func stop() async throws {
        try await ingest.stop()
        for other in others { try await other.stop() }
        cluster.stop()
        try FileManager.default.removeItem(atPath: directory)
    }
}
