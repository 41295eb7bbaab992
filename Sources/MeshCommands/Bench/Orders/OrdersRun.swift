// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import Orders
import PostgresStore
import SecureTransport
import ServiceClients
import Sessions

/// One run of orders through a mesh: placed, waited for, accounted for.
struct OrdersRun: Sendable {
    /// How the orders come.
    enum Pace: Sendable {
        /// So many in flight on each connection.
        case window(Int)
        /// So many a second over all connections, whether answers come or not.
        case perSecond(Int)
        /// One in flight on each connection, over HTTP.
        case http
    }

    let mesh: BenchMesh
    let pool: PostgresPool
    let broker: BrokerClient
    let news: OrderNews
    let connections: Int
    let pace: Pace
    /// No more orders, and none placed after so long.
    let countMax: Int
    let limit: Duration

    /// How long the last order may take to be fulfilled.
    private static let patience = Duration.seconds(120)
    private static let pause = Duration.milliseconds(20)

    /// Places the orders, waits until all are final, and tells what it took.
    func run() async throws -> OrdersOutcome {
        let name = String(UInt64.random(in: 0 ... .max), radix: 36)
        try await BenchStock.receive(run: name, on: pool)
        let toldBefore = try await BenchTold.count(on: pool)
        let before = try await MeshSpending.read(of: mesh, pool, broker)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let countMax = countMax
        let mix = try await loop.submit {
            NIOLoopBound(OrderMix(run: name, countMax: countMax), eventLoop: loop)
        }.get()
        try await place(mix, on: loop)
        let (placed, refused, complaint, begin) = try await loop.submit {
            (mix.value.placed, mix.value.refusedCount, mix.value.complaint, mix.value.firstSent)
        }.get()
        guard let begin, !placed.isEmpty else {
            throw CommandError("no order was placed: \(complaint ?? "no answer came")")
        }
        let orders = placed.map(\.order)
        let told = try await BenchTold.await(orders.count, beside: toldBefore, on: pool)
        // Whatever was waited for in vain shows in the sums.
        let audit = try await DemoWait(pool: pool, patience: .seconds(2))
            .untilFinal(orders, run: name)
        let spent = try await MeshSpending.read(of: mesh, pool, broker).since(before)
        return OrdersOutcome(
            placed: placed, refusedCount: refused, complaint: complaint, begin: begin,
            toldCount: told, audit: audit, spent: spent,
            journey: try await OrderJourney.read(orders, on: pool),
            news: news)
    }

    // MARK: - Placing

    private func place(_ mix: NIOLoopBound<OrderMix>, on loop: any EventLoop) async throws {
        switch pace {
        case .http: try await placeByHTTP(mix, on: loop)
        case .window(let count):
            let bench = try await BenchLoad.open(
                connections, to: ingest, tls: try tls(), on: loop
            ) { RequestWindow(MixedOrderRequest(mix: mix.value), count: count) }
            try await loop.submit { bench.value.start() }.get()
            try await answers(of: mix, on: loop)
            _ = try await loop.submit { bench.value.finish() }.get()
        case .perSecond(let rate):
            let bench = try await BenchLoad.open(
                connections, to: ingest, tls: try tls(), on: loop
            ) { PacedRequests(MixedOrderRequest(mix: mix.value)) }
            let pacer = try await loop.submit {
                let pacer = RequestPacer(bench.value, perSecond: rate, on: loop)
                pacer.run()
                return NIOLoopBound(pacer, eventLoop: loop)
            }.get()
            try await answers(of: mix, on: loop)
            _ = try await loop.submit { pacer.value.finish() }.get()
        }
    }

    private func placeByHTTP(_ mix: NIOLoopBound<OrderMix>, on loop: any EventLoop) async throws {
        let opening = (0..<connections).map { _ in
            HTTPPlaceConnection.open(port: mesh.map.http, on: loop) { HTTPMix(mix: mix.value) }
        }
        let bench = try await EventLoopFuture.whenAllSucceed(opening, on: loop).map { bound in
            NIOLoopBound(bound.map(\.value), eventLoop: loop)
        }.get()
        try await loop.submit { for one in bench.value { one.start() } }.get()
        try await answers(of: mix, on: loop)
        try await loop.submit { for one in bench.value { one.stop() } }.get()
    }

    /// Waits until everything is answered; at the limit no more is sent.
    private func answers(of mix: NIOLoopBound<OrderMix>, on loop: any EventLoop) async throws {
        let end = ContinuousClock.now + limit
        while try await !loop.submit({ mix.value.isDone }).get() {
            if ContinuousClock.now > end { try await loop.submit { mix.value.end() }.get() }
            guard ContinuousClock.now < end + Self.patience else {
                throw CommandError("ingestd leaves orders without an answer")
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private var ingest: MeshEndpoint {
        MeshEndpoint(host: "127.0.0.1", port: mesh.map.mesh["ingestd"] ?? 0)
    }

    private func tls() throws -> TLSContext {
        try TLSContext(role: .client, files: mesh.map.operatorFiles)
    }
}
