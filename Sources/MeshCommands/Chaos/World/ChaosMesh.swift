// SPDX-License-Identifier: MIT
import Foundation
import Logging
import ServiceLifecycle

/// A whole mesh under chaos: the built daemons, a PostgreSQL of its own, and a proxy on every way
/// between them.
struct ChaosMesh: Sendable {
    let layout: MeshLayout
    let map: MeshMap
    let database: ChaosDatabase
    let links: [ChaosLink: FaultyLink]
    let disks: [ChaosDisk: SmallDisk]
    let clocks: SteppedClocks?
    let supervisor: MeshSupervisor
    private let orphanGuard: OrphanGuard

    /// All but the bridge, which has no cloud here.
    static let daemons = MeshDaemon.allCases.filter { $0 != .bridged }
    /// Shorter than the longest stops, so that these outlive it.
    static let lease = "5s"
    private static let readyPatience = Duration.seconds(90)

    /// Makes everything but the daemons, which run as long as `supervisor` does.
    ///
    /// - Parameters:
    ///   - directory: where all of it lies.
    ///   - receiverPort: where customers take webhooks.
    static func make(
        in directory: String, receiverPort: Int, hasSmallDisks: Bool, clocks: SteppedClocks?,
        log: ChaosLog
    ) async throws -> ChaosMesh {
        let layout = try MeshLayout(runDirectory: directory)
        var disks: [ChaosDisk: SmallDisk] = [:]
        if hasSmallDisks {
            disks[.broker] = try SmallDisk(over: layout.brokerLog, byteCount: 192 << 20)
            disks[.receipts] = try SmallDisk(over: layout.receipts, byteCount: 4 << 30)
        }
        var ports = try MeshPorts.free()
        ports.mesh["bridged"] = nil
        ports.admin["bridged"] = nil
        let database = try ChaosDatabase(in: layout.postgres)
        try await MeshDatabase.migrateQuietly(database.connectionInfo) { _ in }
        try CertificateMaker(directory: layout.certificates).make(tenants: [])
        var links: [ChaosLink: FaultyLink] = [:]
        for link in ChaosLink.all {
            links[link] = try await FaultyLink.open(
                to: target(of: link.to, ports, layout, receiverPort: receiverPort))
        }
        let map = layout.map(ports: ports, postgres: database.connectionInfo)
        var settings: [MeshDaemon: [String: String]] = [:]
        for daemon in daemons {
            settings[daemon] = try Self.settings(of: daemon, layout, links, clocks)
        }
        return ChaosMesh(
            layout: layout, map: map, database: database, links: links, disks: disks,
            clocks: clocks,
            supervisor: MeshSupervisor(
                layout: layout, map: map, daemons: daemons, settings: settings,
                say: { log.note($0) }),
            orphanGuard: try OrphanGuard(of: layout))
    }

    /// The map by which customers come in: through proxies as well.
    var customersMap: MeshMap {
        var map = map
        map.http = links[.clientToHTTP]?.port ?? 0
        map.mesh["ingestd"] = links[.clientToOrders]?.port
        return map
    }

    /// Waits until every daemon is ready.
    ///
    /// - Returns: those that are not when patience ends.
    func awaitReady() async throws -> [String] {
        try await ReadinessProbe(ports: map.admin).wait(for: Self.readyPatience) { false }
    }

    /// The process of each daemon that runs now.
    func process(of daemon: MeshDaemon) -> Int32? { layout.process(of: daemon) }

    /// When all daemons have ended: the rest.
    func stop() async throws {
        for link in links.values { try await link.close() }
        database.stop()
        for disk in disks.values { try disk.unmount() }
        orphanGuard.dismiss()
    }

    // MARK: - Configuration

    private static func target(
        of upstream: ChaosLink.Upstream, _ ports: MeshPorts, _ layout: MeshLayout,
        receiverPort: Int
    ) -> FaultyLink.Target {
        switch upstream {
        case .broker: .port(ports.mesh["brokerd"] ?? 0)
        case .limiter: .port(ports.mesh["ratelimitd"] ?? 0)
        case .orders: .port(ports.mesh["ingestd"] ?? 0)
        case .http: .port(ports.http)
        case .receiver: .port(receiverPort)
        case .database: .socket(path: layout.postgres + "/.s.PGSQL.5432")
        }
    }

    private static func settings(
        of daemon: MeshDaemon, _ layout: MeshLayout, _ links: [ChaosLink: FaultyLink],
        _ clocks: SteppedClocks?
    ) throws -> [String: String] {
        var settings = [
            "MESH_QUEUE_LEASE": lease, "MESH_QUEUE_BACKOFF_BASE": "100ms",
            "MESH_QUEUE_BACKOFF_MAX": "2s", "MESH_LOG_SEGMENT_BYTES": "\(1 << 20)",
            // Beside the ballast of a full disk, not among it.
            "MESH_DATA_DIR": layout.brokerLog + "/log",
        ]
        for upstream in ChaosLink.upstreams(of: daemon) {
            let port = links[ChaosLink(daemon, to: upstream)]?.port ?? 0
            switch upstream {
            case .broker: settings["MESH_BROKER_PORT"] = "\(port)"
            case .limiter: settings["MESH_LIMITER_PORT"] = "\(port)"
            case .database:
                settings["MESH_POSTGRES_CONNINFO"] =
                    "host=127.0.0.1 port=\(port) user=postgres dbname=postgres "
                    + "sslmode=disable gssencmode=disable"
            case .orders, .http, .receiver: break
            }
        }
        if let clocks { settings.merge(try clocks.settings(of: daemon)) { $1 } }
        return settings
    }
}
