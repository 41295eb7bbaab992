// SPDX-License-Identifier: MIT
import PostgresStore
import ServiceClients
import Sessions

extension BenchOrdersCommand {
    /// One case, on a mesh of its own.
    func measure(
        _ name: String, _ pace: OrdersRun.Pace, _ count: Int, _ connections: Int
    ) async throws -> OrdersResult {
        let mesh = try await BenchMesh.start(
            in: directory, settings: settings, copies: copies.counts)
        do {
            let outcome = try await measure(mesh, pace, count, connections)
            try await mesh.stop()
            var window = 0
            if case .window(let count) = pace { window = count }
            return OrdersResult(
                name: name, load: BenchCase(connections: connections, window: window), outcome)
        } catch {
            try await mesh.stop()
            throw error
        }
    }

    private func measure(
        _ mesh: BenchMesh, _ pace: OrdersRun.Pace, _ count: Int, _ connections: Int
    ) async throws -> OrdersOutcome {
        try await BenchPlan.grantAll(mesh.map.postgres)
        let connection = try MeshOptions.connection(to: "brokerd", of: mesh.map)
        return try await MeshDatabase.withPool(
            mesh.map.postgres, logger: MeshDatabase.silentLogger
        ) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let news = OrderNews()
                let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
                group.addTask { try await connection.run() }
                group.addTask { await news.listen(on: pool) { hasBegun.yield() } }
                defer { group.cancelAll() }
                for await _ in begun { break }
                try await connection.connected(within: .seconds(5))
                func run(_ pace: OrdersRun.Pace, _ count: Int) -> OrdersRun {
                    OrdersRun(
                        mesh: mesh, pool: pool, broker: BrokerClient(connection), news: news,
                        connections: connections, pace: pace, countMax: count,
                        limit: .seconds(seconds))
                }
                if warmUp > 0 { _ = try await run(pace.warm, warmUp).run() }
                return try await run(pace, count).run()
            }
        }
    }

    private var settings: [String: String] {
        var settings = ["MESH_LOG_LEVEL": logLevel, "MESH_QUEUE_DEPTH": "10000000"]
        settings["MESH_STAGE_BATCH"] = batch.map(String.init)
        settings["MESH_STAGE_WORKERS"] = workers.map(String.init)
        settings["MESH_STAGE_GATHER"] = gather
        return settings
    }
}

extension OrdersRun.Pace {
    /// A steady rate is warmed up by a few orders at a time.
    fileprivate var warm: OrdersRun.Pace {
        if case .perSecond = self { .window(8) } else { self }
    }
}
