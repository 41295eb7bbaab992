// SPDX-License-Identifier: MIT
import HTTPCalls
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// A proxy before a stand-in for AWS that is as bad as a network and a busy service can be. Requests go
/// on as they came, the host that they were signed for included.
struct FaultyCloud: Service {
    /// Where it listens, at 127.0.0.1.
    let port: Int
    let tally = CloudTally()

    private let upstream: String
    private let plan: CloudFaultPlan
    /// Longer than whoever asks is patient.
    private let lateness: Duration
    private let past = PastDeliveries()
    private let caller: HTTPCaller
    private let server: any Channel
    private let exchanges: AsyncStream<CloudExchange>

    private static let connectionCountMax = 256
    private static let byteCountMax = 16 << 20

    /// Listens at any free port.
    static func open(
        to upstream: String, plan: CloudFaultPlan, lateness: Duration
    ) async throws -> FaultyCloud {
        let (exchanges, arrived) = AsyncStream.makeStream(of: CloudExchange.self)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try pipeline.addHandler(FaultyCloudHandler(arrived))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = server.localAddress?.port else {
            throw CommandError("a proxy has no port")
        }
        return FaultyCloud(
            port: port, upstream: upstream, plan: plan, lateness: lateness, server: server,
            exchanges: exchanges)
    }

    private init(
        port: Int, upstream: String, plan: CloudFaultPlan, lateness: Duration,
        server: any Channel, exchanges: AsyncStream<CloudExchange>
    ) {
        self.port = port
        self.upstream = upstream
        self.plan = plan
        self.lateness = lateness
        self.server = server
        self.exchanges = exchanges
        var configuration = HTTPCallerConfiguration()
        configuration.connectionCountMax = Self.connectionCountMax
        configuration.connectionCountPerHostMax = Self.connectionCountMax
        configuration.waitingCountMax = 16_384
        caller = HTTPCaller(configuration)
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await exchange in exchanges.cancelOnGracefulShutdown() {
                group.addTask { await pass(exchange) }
            }
        }
        try await server.close()
    }

    // MARK: - One request

    private func pass(_ exchange: CloudExchange) async {
        let request = CloudRequest(exchange.head)
        let fault = plan.draw(for: request)
        tally.count(request, fault)
        switch fault {
        case .throttled: exchange.answer(CloudRefusal.throttled(request.service))
        case .failed: exchange.answer(CloudRefusal.failed(request.service))
        case .reset: exchange.hangUp()
        default:
            do throws(HTTPCallError) {
                let answer = try await forward(exchange)
                await spoil(answer, exchange, request, fault)
            } catch {
                // The stand-in is away, or was while it was asked: so is the answer.
                exchange.hangUp()
            }
        }
    }

    private func spoil(
        _ answer: HTTPResponse, _ exchange: CloudExchange, _ request: CloudRequest,
        _ fault: CloudFault?
    ) async {
        switch fault {
        case .failedAfter: exchange.answer(CloudRefusal.failed(request.service))
        case .cutAfter: exchange.answer(answer, isCut: true)
        case .lateAfter:
            // Cancelled only when all is over.
            try? await Task.sleep(for: lateness)
            exchange.answer(answer)
        case .repeated, .shuffled:
            let body = past.mixed(
                answer.body, to: exchange.body, repeating: fault == .repeated,
                order: plan.shuffled)
            exchange.answer(
                HTTPResponse(status: answer.status, headers: answer.headers, body: body))
        default:
            if request.brings { past.note(answer.body, to: exchange.body) }
            exchange.answer(answer)
        }
    }

    private func forward(_ exchange: CloudExchange) async throws(HTTPCallError) -> HTTPResponse {
        let headers = exchange.head.headers.filter { header in
            !CloudExchange.ofTheConnection.contains(header.name.lowercased())
        }
        var call = HTTPRequest(
            method: exchange.head.method.rawValue, url: upstream + exchange.head.uri,
            headers: headers.map { ($0.name, $0.value) }, body: exchange.body)
        call.timeout = .seconds(60)
        call.responseByteCountMax = Self.byteCountMax
        return try await caller.perform(call)
    }
}
