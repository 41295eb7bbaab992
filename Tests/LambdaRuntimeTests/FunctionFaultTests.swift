// SPDX-License-Identifier: MIT
import AWS
import Foundation
import Orders
import PostgresStore
import Saga
import StageTestSupport
import TestSupport
import Testing

@testable import Bridge

@Suite struct FunctionFaultTests {
    private let mesh: CloudMesh

    init() async throws {
        mesh = try await CloudMesh()
        try await mesh.fixture.stock("apple", 100)
    }

    private struct NoAnswer: Error {}

    private func begun(_ count: Int = 1) async throws -> [(order: OrderID, message: MessageID)] {
        var begun: [(order: OrderID, message: MessageID)] = []
        for _ in 0..<count {
            let order = try await mesh.fixture.place(["apple": 2])
            begun.append((order, try await mesh.begin(order)))
        }
        return begun
    }

    /// Polls until the function has answered for `count` messages that they are done.
    private func poll(
        _ source: EventSource, _ function: StageFunction, untilDone count: Int
    ) async throws {
        var doneCount = 0
        for _ in 0..<30 where doneCount < count {
            guard let (batch, failed) = try await source.poll(function.lambda) else { continue }
            doneCount += batch.ids.subtracting(failed).count
        }
        #expect(doneCount == count)
    }

    @Test func `a function that is killed after the effect and before it settles, does it once`()
        async throws
    {
        let order = try await begun()[0].order
        var source = try await mesh.source(.inventory)
        source.visibility = .seconds(1)
        let relay = try await HeldRelay(to: mesh.stack.endpoint) { request in
            String(decoding: request.body, as: UTF8.self).contains(#"":state":{"S":"settled"}"#)
        }
        let event = source
        try await relay.during {
            let doomed = try await StageFunction.start(
                "inventoryd", in: mesh, changes: ["MESH_AWS_ENDPOINT": relay.url])
            async let outcome = doomed.lambda.invoke(
                event.receive().event, for: .seconds(3), patience: .seconds(10))
            #expect(await Bounded.first(of: relay.held, within: .seconds(10)) != nil)
            await doomed.process.end(by: SIGKILL)
            #expect(try await mesh.fixture.status(order) == .reserved)
            #expect(try await outcome == nil)
            try await doomed.lambda.stop()
        }
        // What it had begun is on lease until its time was up.
        let function = try await StageFunction.start("inventoryd", in: mesh)
        try await poll(source, function, untilDone: 1)
        #expect(try await mesh.fixture.stockOf("apple") == [98, 2, 0])
        #expect(try await mesh.source(.payment).receiveAll().count == 1)
        try await function.end()
    }

    @Test
    func `an answer that is lost is given again, and an event that comes twice changes nothing`()
        async throws
    {
        _ = try await begun(3)
        let source = try await mesh.source(.inventory)
        let function = try await StageFunction.start("inventoryd", in: mesh)
        let messages = try await source.receiveAll()
        #expect(messages.count == 3)
        let event = try source.event(messages)
        for _ in 0..<2 {
            #expect(await function.lambda.invoke(event) == .answered(failed: []))
        }
        #expect(try await mesh.fixture.stockOf("apple") == [94, 6, 0])
        // What was sent before it was seen may be sent again: as a copy, which its item tells apart.
        let sent = try await mesh.source(.payment).receiveAll()
        #expect(Set(sent.map(\.body)).count == 3)
        try await function.end()
    }

    @Test func `a second copy of a message is deleted, and the first is worked on`() async throws {
        _ = try await begun()
        let source = try await mesh.source(.inventory)
        let first = try await source.receive()
        try await mesh.send(first.messages[0].body, to: .inventory)
        let second = try await source.receive()
        #expect(second.ids.isDisjoint(with: first.ids))
        let function = try await StageFunction.start("inventoryd", in: mesh)
        let both = try source.event(first.messages + second.messages)
        #expect(await function.lambda.invoke(both) == .answered(failed: []))
        #expect(try await mesh.fixture.stockOf("apple") == [98, 2, 0])
        #expect(try await mesh.source(.payment).receiveAll().count == 1)
        try await function.end()
    }

    @Test func `one that fails goes alone, comes back, and after four attempts is dead once`()
        async throws
    {
        let good = try await begun(2)
        var generator = SystemRandomNumberGenerator()
        let unknown = OrderID.make(at: try await mesh.fixture.now(), using: &generator)
        let message = try await mesh.begin(unknown)
        let source = try await mesh.source(.inventory)
        let function = try await StageFunction.start("inventoryd", in: mesh)
        let messages = try await source.receiveAll()
        #expect(messages.count == 3)
        guard
            case .answered(let failed)? = await function.lambda.invoke(
                try source.event(messages))
        else { throw NoAnswer() }
        #expect(failed.count == 1)
        try await source.delete(messages, except: failed)
        #expect(
            try await mesh.fixture.statuses(good.map(\.order)) == [.reserved, .reserved])
        #expect(try await mesh.record(message, in: .inventory)?.state == .waiting)

        try await poll(source, function, untilDone: 1)
        let record = try #require(try await mesh.record(message, in: .inventory))
        #expect(record.state == .dead)
        #expect(record.history.count == 4)
        #expect(try await mesh.source(.inventory, ofDead: true).receiveAll().count == 1)
        #expect(try await source.receive().messages.isEmpty)
        try await function.end()
    }

    @Test func `what is no message of the mesh goes to the dead letters as it is`() async throws {
        try await mesh.send("not an envelope", to: .inventory)
        _ = try await begun()
        let source = try await mesh.source(.inventory)
        let function = try await StageFunction.start("inventoryd", in: mesh)
        try await poll(source, function, untilDone: 2)
        let dead = try await mesh.source(.inventory, ofDead: true).receiveAll()
        #expect(dead.map(\.body) == ["not an envelope"])
        #expect(try await mesh.fixture.stockOf("apple") == [98, 2, 0])
        try await function.end()
    }

    @Test func `with too little time left nothing is begun, and no attempt is burned`()
        async throws
    {
        let message = try await begun()[0].message
        let source = try await mesh.source(.inventory)
        let function = try await StageFunction.start("inventoryd", in: mesh)
        let batch = try await source.receive()
        let outcome = await function.lambda.invoke(batch.event, for: .milliseconds(1_500))
        #expect(outcome == .answered(failed: batch.ids))
        let record = try #require(try await mesh.record(message, in: .inventory))
        #expect(record.state == .sent)
        #expect(record.attempts == 0)
        // Shown again at once, not after its visibility timeout.
        try await poll(source, function, untilDone: 1)
        #expect(try await mesh.record(message, in: .inventory)?.attempts == 1)
        try await function.end()
    }

    @Test func `a step that takes too long is answered in time, and its environment given up`()
        async throws
    {
        let order = try await begun()[0].order
        let source = try await mesh.source(.inventory)
        let function = try await StageFunction.start("inventoryd", in: mesh)
        let batch = try await source.receive()
        let (locked, lock) = AsyncStream.makeStream(of: Void.self)
        let unlock = Gate()
        async let holding: Void = mesh.fixture.hold(order, lock, until: unlock)
        _ = await locked.first { _ in true }
        let outcome = await function.lambda.invoke(batch.event, for: .seconds(4))
        #expect(outcome == .answered(failed: batch.ids))
        #expect(await function.process.exitStatus() == 1)
        unlock.open()
        try await holding
        try await function.lambda.stop()

        let next = try await StageFunction.start("inventoryd", in: mesh)
        try await poll(source, next, untilDone: 1)
        #expect(try await mesh.fixture.stockOf("apple") == [98, 2, 0])
        try await next.end()
    }

    @Test func `a function that cannot start says why`() async throws {
        let lambda = try await LambdaStandIn()
        var environment = mesh.environment()
        environment["AWS_LAMBDA_RUNTIME_API"] = lambda.address
        environment["MESH_POSTGRES_CONNINFO"] = nil
        let started = environment
        await #expect(throws: DaemonProcess.Failed.self) {
            try await DaemonProcess.start("inventoryd", environment: started)
        }
        #expect(await lambda.startError()?.contains("postgres.conninfo") == true)
        try await lambda.stop()
    }

    @Test func `an event that is neither messages nor a schedule is an error`() async throws {
        let function = try await StageFunction.start("inventoryd", in: mesh)
        let outcome = await function.lambda.invoke(Array(#"{"hello": "world"}"#.utf8))
        #expect(outcome == .failed(type: "Mesh.Unknown"))
        _ = try await begun()
        try await poll(try await mesh.source(.inventory), function, untilDone: 1)
        try await function.end()
    }
}
