// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import Orders
import PostgresStore
import SecureTransport
import Sessions
import Wire

/// `meshctl bench limit`: single takes, each decided by its tenant's bucket.
struct BenchLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit", abstract: "Take single tokens from ratelimitd, one in each frame.")

    @OptionGroup var options: BenchOptions

    @Option(help: "Tenants that the takes are spread over.")
    var tenants = 100

    @Option(help: "Takes a second of one more case: steadily, whatever the answers; 0: none.")
    var rate = 0

    @Option(help: "Connections of that case, separated by commas.")
    var rateConnections = "4"

    @Flag(
        help: """
            The cases that are published: 50 connections with 1, 16 and 256 in flight; 50000/s on 4 \
            connections, as daemons ask, and on 50.
            """)
    var table = false

    mutating func validate() throws {
        if table {
            (options.connections, options.windows) = ("50", "1,16,256")
            (rate, rateConnections) = (50_000, "4,50")
        }
        guard (0...10_000_000).contains(rate) else {
            throw ValidationError("--rate is 0 to 10000000")
        }
        guard (1...1_000_000).contains(tenants) else {
            throw ValidationError("--tenants is 1 to 1000000")
        }
    }

    func run() async throws {
        let results: [BenchResult]
        if let address = options.address {
            guard let endpoint = MeshEndpoint(address), let directory = options.certificates else {
                throw CommandError("--address HOST:PORT needs --certificates")
            }
            let files = TLSFiles(directory: directory, name: options.identity)
            results = try await measure(endpoint, files, options.pid.map(ProcessCPU.init))
        } else {
            results = try await measurePrivate()
        }
        print(options.json ? try BenchResult.json(results) : BenchResult.table(results))
    }

    /// One limiter for all cases, on a database that syncs: no case leaves a backlog to the next.
    private func measurePrivate() async throws -> [BenchResult] {
        let cluster = try PrivateCluster.start(
            in: "/tmp/mesh-bench-\(getpid())", isTemporary: true)
        defer { cluster.stop() }
        try await BenchPlan.prepare(cluster.connectionInfo())
        let limiter = try await PrivateDaemon.start(
            "ratelimitd", in: options.directory,
            settings: ["MESH_POSTGRES_CONNINFO": cluster.connectionInfo()])
        let results = try await measure(limiter.endpoint, limiter.tls, limiter.cpu)
        try await limiter.stop()
        return results
    }

    private func measure(
        _ endpoint: MeshEndpoint, _ files: TLSFiles, _ cpu: ProcessCPU?
    ) async throws -> [BenchResult] {
        var results: [BenchResult] = []
        for load in try options.cases() {
            results.append(try await measure(load, endpoint, files, cpu))
        }
        guard rate > 0 else { return results }
        for count in try BenchOptions.numbers(rateConnections, "--rate-connections") {
            let load = BenchCase(connections: count, window: 0)
            results.append(try await measureSteady(load, endpoint, files, cpu))
        }
        return results
    }

    /// So many takes a second, spread over all connections.
    private func measureSteady(
        _ load: BenchCase, _ endpoint: MeshEndpoint, _ files: TLSFiles, _ cpu: ProcessCPU?
    ) async throws -> BenchResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (tenants, rate) = (tenants, rate)
        let bench = try await BenchLoad.open(
            load.connections, to: endpoint, tls: try TLSContext(role: .client, files: files),
            on: loop
        ) { PacedRequests(TakeRequest(tenantCount: tenants)) }
        let pacer = try await loop.submit {
            let pacer = RequestPacer(bench.value, perSecond: rate, on: loop)
            pacer.run()
            return NIOLoopBound(pacer, eventLoop: loop)
        }.get()
        return try await measure("limit at \(rate)/s", load, bench, on: loop, cpu) {
            pacer.value.finish()
        }
    }

    private func measure(
        _ load: BenchCase, _ endpoint: MeshEndpoint, _ files: TLSFiles, _ cpu: ProcessCPU?
    ) async throws -> BenchResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let tenants = tenants
        let bench = try await BenchLoad.open(
            load.connections, to: endpoint, tls: try TLSContext(role: .client, files: files),
            on: loop
        ) { RequestWindow(TakeRequest(tenantCount: tenants), count: load.window) }
        try await loop.submit { bench.value.start() }.get()
        return try await measure("limit", load, bench, on: loop, cpu) { bench.value.finish() }
    }

    private func measure<Script>(
        _ name: String, _ load: BenchCase, _ bench: NIOLoopBound<BenchLoad<Script>>,
        on loop: any EventLoop, _ cpu: ProcessCPU?, finish: @escaping @Sendable () -> BenchSample
    ) async throws -> BenchResult {
        try await BenchInterval(warmUp: options.warmUp, measured: options.seconds).measure(
            name, load, cpu: cpu,
            begin: { try await loop.submit { bench.value.beginMeasuring() }.get() },
            end: { try await loop.submit(finish).get() })
    }
}
