// SPDX-License-Identifier: MIT
package import Daemon
package import Logging
import Saga
import ServiceLifecycle

/// Runs one stage: leases batches, has them handled, settles them with what follows.
///
/// - A step that fails alone is retried by the queue; after its last attempt the handler undoes what
///   is to be undone and the step goes to the dead letters.
/// - When the database is away, or all steps of several orders fail for what the stage stands on,
///   they are handed back without burning an attempt. After a few such batches the stage pauses
///   instead of draining its queue into the dead letters, then tries with two steps, and goes on when
///   one succeeds. An order that is alone in failing burns its attempts as ever.
/// - At shutdown, batches in the works are finished and settled, the rest is handed back.
package struct StageRuntime<Handler: StageHandler, Queue: StepQueue>: Sendable {
    let handler: Handler
    let queue: Queue
    let configuration: StageConfiguration
    let logger: Logger
    let metrics: StageMetrics
    private let readiness: Readiness?
    private let check: String
    private let drain = DrainSwitch()

    /// - Parameters:
    ///   - readiness: told whether the stage takes work.
    ///   - check: as which check it is told.
    package init(
        _ handler: Handler, queue: Queue, configuration: StageConfiguration = .init(),
        logger: Logger, readiness: Readiness? = nil, check: String = "stage"
    ) {
        self.handler = handler
        self.queue = queue
        self.configuration = configuration
        self.logger = logger
        self.readiness = readiness
        metrics = StageMetrics(stage: handler.queue)
        self.check = check
        readiness?.expect(check)
    }

    /// Finishes what is begun, hands back the rest, then lets `run` return. For tests and tools: a
    /// graceful shutdown of the service does the same.
    package func beginDrain() {
        drain.begin()
    }

    /// Works until drained or cancelled.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                await work()
            } onCancel: {
                drain.begin()
            }
        } onGracefulShutdown: {
            drain.begin()
        }
    }

    private func work() async {
        var breaker = CircuitBreaker(configuration)
        // A loss is news once; the tries after it are not.
        var isLossNews = true
        while !drain.hasBegun {
            let end = await subscribe(&breaker, isNews: &isLossNews)
            guard !drain.hasBegun else { break }
            switch end {
            case .broken(let reason): paused(by: reason, for: breaker.currentPause)
            case .probed:
                metrics.resumed()
                logger.notice(
                    "stage works again",
                    metadata: .keyed([.stage: "\(handler.queue.rawValue)"]))
                continue
            case .subscriptionLost(let reason):
                readiness?.unready(check, reason: reason)
                breaker.failed()
                logger.log(
                    level: isLossNews ? .warning : .debug, "subscription lost",
                    metadata: .keyed([
                        .stage: "\(handler.queue.rawValue)", .error: "\(reason)",
                    ]))
                isLossNews = false
            }
            await drain.pause(for: breaker.currentPause)
        }
        readiness?.unready(check, reason: "drained")
    }

    private func paused(by reason: String, for duration: Duration) {
        readiness?.unready(check, reason: reason)
        metrics.paused()
        logger.warning(
            "stage pauses",
            metadata: .keyed([
                .stage: "\(handler.queue.rawValue)", .reason: "\(reason)",
                .durationMilliseconds: "\(duration.milliseconds)",
            ]))
    }

    /// One subscription, from the first delivery to its end.
    private func subscribe(
        _ breaker: inout CircuitBreaker, isNews: inout Bool
    ) async -> SubscriptionEnd {
        let deliveries: Queue.Deliveries
        do {
            deliveries = try await queue.deliveries(
                from: handler.queue,
                credit: breaker.isOpen ? CircuitBreaker.probeCount : configuration.credit)
        } catch {
            return .subscriptionLost("\(error)")
        }
        readiness?.ready(check)
        isNews = true
        logger.info(
            "stage takes work", metadata: .keyed([.stage: "\(handler.queue.rawValue)"]))
        let shared = StageBreaker(breaker)
        let buffer = DeliveryBuffer(
            batchCountMax: shared.isProbe
                ? min(CircuitBreaker.probeCount, configuration.batchCountMax)
                : configuration.batchCountMax)
        var workerCount = shared.isProbe ? 1 : configuration.workerCount
        drain.watch(buffer)
        let lossReason = await withTaskGroup(of: String?.self) { group in
            group.addTask { await read(deliveries, into: buffer) }
            for _ in 0..<workerCount {
                group.addTask {
                    var begun: ContinuousClock.Instant?
                    while let first = await buffer.next() {
                        let age = begun?.duration(to: .now) ?? configuration.gather
                        let batch = await buffer.fill(first, after: configuration.gather - age)
                        begun = .now
                        let obstacle = await BatchWork(self).process(batch)
                        if shared.note(obstacle) { buffer.close() }
                    }
                    return nil
                }
            }
            var reason: String?
            while workerCount > 0, let ended = await group.next() {
                if let text = ended { reason = text } else { workerCount -= 1 }
            }
            // The workers are through; the reader would wait for deliveries for ever.
            group.cancelAll()
            return reason
        }
        await handBack(buffer.leftovers())
        await queue.stop(handler.queue)
        breaker = shared.breaker
        if breaker.isOpen, let obstacle = shared.obstacle { return .broken(obstacle) }
        if shared.isProbe, !breaker.isOpen { return .probed }
        return .subscriptionLost(lossReason ?? "it ended")
    }

    /// Moves deliveries into the buffer; returns why there are no more.
    private func read(_ deliveries: Queue.Deliveries, into buffer: DeliveryBuffer) async -> String {
        defer { buffer.close() }
        do {
            for try await batch in deliveries { buffer.add(batch) }
            return "the queue ended it"
        } catch {
            return "\(error)"
        }
    }

    func handBack(_ deliveries: [StepDelivery]) async {
        guard !deliveries.isEmpty else { return }
        metrics.released(deliveries.count)
        // Whatever the answer: a lease that is not handed back ends by itself.
        _ = await queue.settle(
            deliveries.map { StepSettlement($0, StepOutcome(.release)) }, in: handler.queue)
    }
}

extension StageRuntime: Service {}

/// Why a subscription ended.
private enum SubscriptionEnd {
    /// The breaker is open, and why.
    case broken(String)
    /// It was open, and a step has succeeded.
    case probed
    case subscriptionLost(String)
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
