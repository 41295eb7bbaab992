// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import Orders
import SecureTransport
import ServiceClients
import Sessions
import Wire

/// Has the clients that the stages use do what a golden case asks of a service of the mesh.
struct ServiceDrive: Sendable {
    private typealias Result = [String: GoldenScalar]

    let instruction: GoldenInstruction
    private let deadline: Duration

    init(_ instruction: GoldenInstruction) {
        self.instruction = instruction
        deadline = .milliseconds(instruction.deadlineMilliseconds)
    }

    func outcome() async throws -> GoldenOutcome {
        let connection = try connection()
        do {
            let answers = try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await connection.run() }
                defer { tasks.cancelAll() }
                return try await results(connection)
            }
            return GoldenOutcome(outcome: .answered, results: answers)
        } catch let error as CallError {
            return GoldenOutcome(
                outcome: .refused, error: GoldenOutcome.registryName("\(error.code)"),
                effect: GoldenOutcome.registryName("\(error.effect)"), message: error.message)
        }
    }

    private func connection() throws(TLSError) -> MeshConnection {
        let files = TLSFiles(
            certificate: instruction.cert, privateKey: instruction.key, trustRoots: instruction.ca)
        return MeshConnection(
            to: MeshEndpoint(host: instruction.host, port: instruction.port),
            tls: try TLSContext(role: .client, files: files),
            expecting: .service(instruction.service), name: "golden drive",
            group: MultiThreadedEventLoopGroup.singleton)
    }

    private func results(_ connection: MeshConnection) async throws -> [Result] {
        switch instruction.do {
        case .publish: [try await publish(BrokerClient(connection))]
        case .consume: try await consume(BrokerClient(connection))
        case .take: [try await take(LimiterClient(connection, deadline: deadline))]
        case .placeOrders, .getOrder, .watchOrder:
            throw CommandError("\(instruction.do) is for customers")
        }
    }

    // MARK: Broker

    /// Asks again with the same id, as whoever hands a message over does.
    private func publish(_ broker: BrokerClient) async throws -> Result {
        guard let id = instruction.id.flatMap(UniqueID.init) else {
            throw CommandError("no id in the instruction")
        }
        let message = Envelope(
            id: id, trace: .zero, group: .zero, tenant: "", priority: .normal,
            notBeforeMilliseconds: 0, body: ByteBuffer(string: instruction.body ?? ""))
        let end = ContinuousClock.now + deadline
        while true {
            do throws(CallError) {
                let published = try await broker.publish(message, to: instruction.queue ?? "")
                return [
                    "sequence": .number(Int64(published.sequence)),
                    "duplicate": .flag(published.duplicate),
                ]
            } catch {
                let isPassing = error.effect == .maybeApplied || error.retryAfter != nil
                guard isPassing, ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: error.retryAfter ?? .milliseconds(50))
            }
        }
    }

    private func consume(_ broker: BrokerClient) async throws -> [Result] {
        let queue = instruction.queue ?? ""
        let subscription = try await broker.consume(queue, credit: instruction.credit ?? 1)
        var results: [Result] = []
        for try await batch in subscription {
            for delivery in batch.deliveries {
                results.append(try await settle(delivery, in: queue, by: broker))
                broker.grant(1, for: batch, of: subscription)
            }
            if results.count >= instruction.count ?? 0 { break }
        }
        try await broker.stop(subscription)
        return results
    }

    private func settle(
        _ delivery: Delivery, in queue: String, by broker: BrokerClient
    ) async throws -> Result {
        let settlement = Settlement(
            sequence: delivery.sequence, token: delivery.token, verdict: .ack,
            retryAfterMilliseconds: 0, reason: "", outputs: [])
        let code = try await broker.settle([settlement], in: queue).first?.code ?? 0
        let refusal = WireErrorCode(rawValue: code).map { GoldenOutcome.registryName("\($0)") }
        return [
            "id": .text(delivery.message.id.description),
            "body": .text(String(buffer: delivery.message.body)),
            "settled": .text(code == 0 ? "done" : refusal ?? "\(code)"),
        ]
    }

    // MARK: Limiter

    private func take(_ limiter: LimiterClient) async throws -> Result {
        let decision = try await limiter.take(
            instruction.cost ?? 1, of: try TenantID(instruction.tenant ?? ""))
        return [
            "granted": .flag(decision.granted), "remaining": .number(Int64(decision.remaining)),
            "retry_after_ms": .number(Int64(decision.retryAfterMilliseconds)),
        ]
    }
}
