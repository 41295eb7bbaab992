// SPDX-License-Identifier: MIT
import AWS
import Daemon
import HTTPCalls
import Logging
import Orders
import QueueState
import Wire

/// Does in SQS what the ledger has decided. All of it can be done twice, so that whoever receives the
/// message after a failure between two steps does it again.
struct Finisher: Sendable {
    let sqs: SQSClient
    let ledger: MessageLedger
    let publisher: Publisher
    let catalog: QueueCatalog
    let clock: any MeshClock
    let logger: Logger
    /// False where whoever received the messages deletes those that are told to be over.
    let deletesCarriers: Bool

    /// Publishes the outputs of each, then deletes, shows again or buries its carrier.
    ///
    /// What fails is left to the next delivery of the message, and logged.
    ///
    /// - Returns: the receipt handles of those that are over: deleted, or to be.
    @discardableResult
    func finish(_ tasks: [EndedDelivery], in queue: BridgedQueue) async -> Set<String> {
        let ready = await publishOutputs(of: tasks)
        let buried = await bury(ready.filter { $0.record.state == .dead }, in: queue)
        let done = ready.filter { $0.record.state == .settled } + buried
        let over = await delete(done.map(\.receiptHandle), from: queue)
        let waiting = ready.filter { $0.record.state == .waiting }
        let changes = waiting.map { task in
            VisibilityChange(
                receiptHandle: task.receiptHandle,
                visibility: max(task.record.due - clock.now(), .zero))
        }
        report(await sqs.changeVisibility(changes, in: queue.source), "show", queue)
        return over
    }

    /// Deletes carriers of what is over, unless somebody else does; those that are deleted, or will be.
    func delete(_ receiptHandles: [String], from queue: BridgedQueue) async -> Set<String> {
        guard deletesCarriers else { return Set(receiptHandles) }
        let outcomes = await sqs.delete(receiptHandles, from: queue.source)
        report(outcomes, "delete", queue)
        return Set(
            zip(receiptHandles, outcomes).compactMap { handle, outcome in
                if case .success = outcome { return handle }
                return nil
            })
    }

    /// Those of `tasks` whose outputs are all in their queues.
    private func publishOutputs(of tasks: [EndedDelivery]) async -> [EndedDelivery] {
        var byQueue: [QueueName: [StoredOutput]] = [:]
        for output in tasks.flatMap(\.record.outputs) {
            byQueue[output.key.queue, default: []].append(output)
        }
        var failed: Set<MessageKey> = []
        for (name, outputs) in byQueue {
            for key in await publish(outputs, to: name) { failed.insert(key) }
        }
        var ready: [EndedDelivery] = []
        for task in tasks {
            guard task.record.outputs.allSatisfy({ !failed.contains($0.key) }) else { continue }
            if await isForgotten(task) { ready.append(task) }
        }
        return ready
    }

    /// Publishes to one queue; the keys of what could not be published.
    private func publish(_ outputs: [StoredOutput], to name: QueueName) async -> [MessageKey] {
        do throws(BridgeRefusal) {
            let queue = try await catalog.find(name)
            let outcomes = await publisher.publish(outputs, to: queue)
            return zip(outputs, outcomes).compactMap { output, outcome in
                guard case .failure(let error) = outcome else { return nil }
                log("publish an output", name, "\(error)")
                return output.key
            }
        } catch {
            log("find the queue of an output", name, error.reply.message)
            return outputs.map(\.key)
        }
    }

    /// A message that comes back must not carry outputs: they are of the attempt that is over.
    private func isForgotten(_ task: EndedDelivery) async -> Bool {
        guard task.record.state == .waiting, !task.record.outputs.isEmpty,
            let token = task.record.token
        else { return true }
        do throws(AWSError) {
            try await ledger.forgetOutputs(task.key, token: token)
            return true
        } catch {
            log("forget outputs", task.key.queue, "\(error)")
            return false
        }
    }

    /// Those that are in the dead-letter queue now.
    ///
    /// SQS may deliver a dead message for as long as it has not heard that it is deleted. The record
    /// says that its copy is there, so that each of these deliveries does not add one.
    private func bury(_ tasks: [EndedDelivery], in queue: BridgedQueue) async -> [EndedDelivery] {
        let missing = tasks.filter { !$0.record.isBuried }
        guard !missing.isEmpty else { return tasks }
        let sent = await sqs.send(
            missing.map { OutgoingMessage(body: $0.body) }, to: queue.deadLetters)
        report(sent.map { outcome in outcome.map { _ in } }, "bury", queue)
        let buried = zip(missing, sent).compactMap { task, outcome in
            if case .success = outcome { return task }
            return nil
        }
        let notes = await inParallel(buried, limit: Publisher.parallelMax) { task in
            await Result { () async throws(AWSError) in
                try await ledger.noteBuried(task.key, token: task.record.token ?? 0)
            }
        }
        report(notes, "note as buried", queue)
        return tasks.filter(\.record.isBuried) + buried
    }

    private func report(
        _ outcomes: [Result<Void, AWSError>], _ action: String, _ queue: BridgedQueue
    ) {
        for case .failure(let error) in outcomes { log(action, queue.name, "\(error)") }
    }

    private func log(_ action: String, _ queue: QueueName, _ error: String) {
        logger.warning(
            "left to the next delivery",
            metadata: .keyed([
                .reason: "\(action)", .queue: "\(queue)", .error: "\(error)",
            ]))
    }
}
