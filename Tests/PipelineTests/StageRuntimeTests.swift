// SPDX-License-Identifier: MIT
import Logging
import Orders
import PostgresStore
import Saga
import StageTestSupport
import Synchronization
import Testing

@testable import Pipeline

/// A stage that does what a test says.
private struct ScriptedStage: StageHandler {
    let queue = StageQueue.inventory
    let script: @Sendable ([Step]) throws(PostgresError) -> [StepOutcome]

    func handle(_ steps: [Step]) async throws(PostgresError) -> [StepOutcome] { try script(steps) }

    func givenUp(_ step: Step, reason: String) async throws(PostgresError) -> StepOutcome {
        StepOutcome(.retry(reason: reason), outputs: [.notify(step, of: .dead)])
    }
}

/// Remembers what happened, from several tasks.
private final class Diary<Entry: Sendable>: Sendable {
    private let list = Mutex<[Entry]>([])

    var entries: [Entry] { list.withLock { $0 } }

    func add(_ entry: Entry) -> Int {
        list.withLock { list in
            list.append(entry)
            return list.count
        }
    }
}

@Suite struct StageRuntimeTests {
    private let queue = MemoryStepQueue()

    private func order(_ number: UInt64) -> OrderID { OrderID(UniqueID(high: 0, low: number)) }

    private func publish(_ numbers: ClosedRange<UInt64>) async {
        for number in numbers {
            await queue.publish(StepMessage(.reserve, order: order(number)))
        }
    }

    private func run(
        _ configuration: StageConfiguration = .init(), log: RecordedLog = RecordedLog(),
        _ script: @escaping @Sendable ([Step]) throws(PostgresError) -> [StepOutcome]
    ) async throws {
        let runtime = StageRuntime(
            ScriptedStage(script: script), queue: queue, configuration: configuration,
            logger: log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run() }
            await queue.emptied(.inventory)
            runtime.beginDrain()
            try await group.waitForAll()
        }
    }

    @Test func `a poisoned step falls out alone and ends in the dead letters`() async throws {
        await publish(1...5)
        let poison = order(3)
        try await run { steps throws(PostgresError) in
            if steps.contains(where: { $0.order == poison }) {
                throw PostgresError(.checkViolation, "poison")
            }
            return steps.map { _ in .done() }
        }
        let dead = await queue.deadLetters(of: .inventory)
        #expect(dead.map(\.message.order) == [poison])
        #expect(dead.map(\.reason) == ["checkViolation: poison"])
        #expect(await queue.messages(in: .notification).map(\.order) == [poison])
    }

    @Test func `each step leaves a line with correlation, order, tenant, stage and attempt`()
        async throws
    {
        await publish(1...2)
        let poison = order(2)
        let log = RecordedLog()
        try await run(log: log) { steps throws(PostgresError) in
            steps.map { $0.order == poison ? .retry("no luck") : .done() }
        }
        let lines = log.lines.filter { $0.metadata["order"] != nil }
        let keys: Set = ["correlation", "order", "tenant", "stage", "attempt", "step"]
        #expect(lines.allSatisfy { keys.isSubset(of: $0.metadata.keys) })
        let ends = lines.map { "\($0.level) \($0.message) \($0.metadata["attempt"] ?? "")" }
        #expect(ends.contains("info step done 1"))
        #expect(ends.filter { $0.hasPrefix("warning step failed") }.count == 4)
        #expect(ends.last == "error step is dead 4")
        #expect(lines.last?.metadata["order"] == "\(poison)")
    }

    @Test func `while the database is away no attempt is burned and nothing dies`() async throws {
        await publish(1...3)
        let attempts = Diary<UInt32>()
        try await run(.init(workerCount: 1, failureCountMax: 2, pause: .milliseconds(1))) {
            steps throws(PostgresError) in
            var count = 0
            for step in steps { count = attempts.add(step.delivery.attempt) }
            if count < 30 { throw PostgresError(.unavailable, "away") }
            return steps.map { _ in .done() }
        }
        #expect(attempts.entries.allSatisfy { $0 == 1 })
        #expect(await queue.deadLetters(of: .inventory).isEmpty)
        #expect(await queue.releaseCount >= 27)
    }

    @Test func `while what the stage stands on is dead, no attempt is burned and nothing dies`()
        async throws
    {
        await publish(1...40)
        let tries = Diary<Int>()
        let log = RecordedLog()
        let configuration = StageConfiguration(
            batchCountMax: 10, failureCountMax: 3, pause: .milliseconds(1),
            pauseMax: .milliseconds(2))
        // Far more often than an order has attempts.
        try await run(configuration, log: log) { steps in
            let count = tries.add(steps.count)
            return steps.map { _ in count <= 20 ? .unavailable("the provider is dead") : .done() }
        }
        #expect(await queue.deadCount(of: .inventory) == 0)
        #expect(tries.entries.count > 20)
        let probes = tries.entries.dropFirst(4).prefix(2)
        #expect(probes.allSatisfy { $0 == 2 }, "tried with two: \(tries.entries)")
        #expect(log.lines.contains { $0.message == "stage pauses" })
        #expect(log.lines.contains { $0.message == "stage works again" })
    }

    @Test func `an order that fails as if all did ends alone, and does not hold up the others`()
        async throws
    {
        await publish(1...6)
        let configuration = StageConfiguration(
            batchCountMax: 1, workerCount: 1, failureCountMax: 3, pause: .milliseconds(1),
            pauseMax: .milliseconds(2))
        let (poisoned, done) = (order(1), Diary<OrderID>())
        let stage = ScriptedStage { steps in
            steps.map { step in
                guard step.order != poisoned else { return .unavailable("status 500") }
                _ = done.add(step.order)
                return .done()
            }
        }
        let runtime = StageRuntime(
            stage, queue: queue, configuration: configuration, logger: RecordedLog().logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run() }
            await queue.emptied(.inventory)
            runtime.beginDrain()
            try await group.waitForAll()
        }
        #expect(Set(done.entries).count == 5)
        #expect(await queue.deadCount(of: .inventory) == 1)
    }

    @Test func `steps of one order are handled one after the other`() async throws {
        await queue.publish(StepMessage(.reserve, order: order(1)))
        await queue.publish(StepMessage(.release, order: order(1)))
        await queue.publish(StepMessage(.reserve, order: order(2)))
        let rounds = Diary<[StepKind]>()
        try await run(.init(workerCount: 1)) { steps throws(PostgresError) in
            _ = rounds.add(steps.map(\.kind))
            return steps.map { _ in .done() }
        }
        #expect(rounds.entries == [[.reserve, .reserve], [.release]])
    }

    @Test func `what is no step message goes to the dead letters at once`() async throws {
        await queue.publish(rawBody: [9, 9, 9], to: .inventory)
        try await run { steps throws(PostgresError) in steps.map { _ in .done() } }
        #expect(await queue.deadCount(of: .inventory) == 1)
    }

    @Test func `a refused hand-over is settled again until there is room`() async throws {
        await publish(1...1)
        await queue.fail([.refused, .refused])
        try await run { steps throws(PostgresError) in
            steps.map { .done(sending: [StepMessage(.charge, order: $0.order)]) }
        }
        #expect(await queue.messages(in: .payment).count == 1)
    }

    @Test func `a drain finishes what is begun and hands back the rest`() async throws {
        await publish(1...4)
        let batches = Diary<Int>()
        let holder = Holder()
        let runtime = StageRuntime(
            ScriptedStage { steps throws(PostgresError) in
                holder.call()
                _ = batches.add(steps.count)
                return steps.map { _ in .done() }
            }, queue: queue, configuration: .init(batchCountMax: 1, workerCount: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        holder.set { runtime.beginDrain() }
        try await runtime.run()
        #expect(batches.entries == [1])
        #expect(await queue.messages(in: .inventory).count == 3)
        #expect(await queue.releaseCount == 3)
    }
}

/// A closure that is known only after what calls it.
private final class Holder: Sendable {
    private let body = Mutex<(@Sendable () -> Void)?>(nil)

    func set(_ body: @escaping @Sendable () -> Void) { self.body.withLock { $0 = body } }

    func call() { body.withLock { $0 }?() }
}
