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
    /// Nil when the books are in the database.
    let stripe: StripeProcess?
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
    ///   - layout: where all of it lies.
    ///   - receiverPort: where customers take webhooks.
    static func make(
        _ layout: MeshLayout, receiverPort: Int, stripe: StripeProcess?, hasSmallDisks: Bool,
        clocks: SteppedClocks?, log: ChaosLog
    ) async throws -> ChaosMesh {
        var disks: [ChaosDisk: SmallDisk] = [:]
        if hasSmallDisks {
            disks[.broker] = try SmallDisk(over: layout.brokerLog, byteCount: 192 << 20)
            disks[.receipts] = try SmallDisk(over: layout.receipts, byteCount: 4 << 30)
        }
        var ports = try MeshPorts.free()
        // There is no bridge here: its port is where Stripe calls.
        let webhookPort = ports.mesh.removeValue(forKey: "bridged") ?? 0
        ports.admin["bridged"] = nil
        let database = try ChaosDatabase(in: layout.postgres)
        try await MeshDatabase.migrateQuietly(database.connectionInfo) { _ in }
        try CertificateMaker(directory: layout.certificates).make(tenants: [])
        var links: [ChaosLink: FaultyLink] = [:]
        for link in ChaosLink.all(stripe == nil ? .ledger : .stripe) {
            let target: FaultyLink.Target =
                switch link.to {
                case .broker: .port(ports.mesh["brokerd"] ?? 0)
                case .limiter: .port(ports.mesh["ratelimitd"] ?? 0)
                case .orders: .port(ports.mesh["ingestd"] ?? 0)
                case .http: .port(ports.http)
                case .receiver: .port(receiverPort)
                case .stripe: .port(stripe?.port ?? 0)
                case .webhooks: .port(webhookPort)
                case .database: .socket(path: layout.postgres + "/.s.PGSQL.5432")
                }
            links[link] = try await FaultyLink.open(to: target)
        }
        let map = layout.map(ports: ports, postgres: database.connectionInfo)
        var settings: [MeshDaemon: [String: String]] = [:]
        for daemon in daemons {
            settings[daemon] = try Self.settings(of: daemon, layout, links, clocks)
        }
        if stripe != nil {
            settings[.paymentd, default: [:]].merge(
                stripeSettings(links, webhookPort: webhookPort)
            ) { $1 }
        }
        return ChaosMesh(
            layout: layout, map: map, database: database, links: links, disks: disks,
            clocks: clocks, stripe: stripe,
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
        try await stripe?.stop()
        for disk in disks.values { try disk.unmount() }
        orphanGuard.dismiss()
    }
}
