// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Metrics
import Orders
import Pipeline
import PostgresStore
import ServiceLifecycle
import Synchronization

/// Makes all calls, each recipient's in a lane of its own, so that no slow one holds up another.
///
/// A batch waits for its calls for a moment only. One that goes on for longer ends by itself, and its
/// end is recorded then; the step that it belongs to has been handed to the queue of retries, which
/// finds the record.
final class CallLanes: Service {
    private struct Call {
        let telling: Telling
        let batch: CallBatch
        let index: Int
    }

    private struct Started {
        let call: Call
        let isProbe: Bool
    }

    private struct State {
        var lanes: [String: RecipientLane<Call>] = [:]
        var underWayCount = 0
        var openCount = 0
    }

    private let caller: RecipientCaller
    private let store: NotificationStore
    private let clock: any MeshClock
    private let logger: Logger
    /// Calls under way, to all recipients together.
    private let underWayCountMax: Int
    /// For how long a recipient is left alone at first.
    private let pause: Duration
    private let state = Mutex(State())
    private let starts: AsyncStream<Started>
    private let begin: AsyncStream<Started>.Continuation
    private let openGauge = Gauge(label: "mesh_notification_breakers_open")

    init(
        caller: RecipientCaller, store: NotificationStore, clock: any MeshClock, logger: Logger,
        underWayCountMax: Int, pause: Duration
    ) {
        self.caller = caller
        self.store = store
        self.clock = clock
        self.logger = logger
        self.underWayCountMax = underWayCountMax
        self.pause = pause
        (starts, begin) = AsyncStream.makeStream()
        openGauge.record(0)
    }

    /// Makes the calls; one outcome each, in order, when all have ended or `patience` has.
    func call(_ tellings: [Telling], patience: Duration) async -> [TellingOutcome] {
        let batch = CallBatch(count: tellings.count)
        for (index, telling) in tellings.enumerated() {
            offer(Call(telling: telling, batch: batch, index: index))
        }
        return await batch.outcomes(within: patience)
    }

    /// Works until shut down; calls that are under way then are ended first.
    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await started in starts.cancelOnGracefulShutdown() {
                group.addTask { await self.make(started) }
            }
        }
    }

    private func offer(_ call: Call) {
        let lane = call.telling.recipient.lane
        let offer: RecipientLane<Call>.Offer? = state.withLock { state in
            guard state.underWayCount < underWayCountMax else { return nil }
            let offer = state.lanes[lane, default: RecipientLane(pause: pause)].offer(
                call, at: clock.now())
            if case .start = offer { state.underWayCount += 1 }
            return offer
        }
        switch offer {
        case nil: _ = call.batch.end(call.index, .busy)
        case .wait: break
        case .leaveAlone(let wait): _ = call.batch.end(call.index, .paused(wait))
        case .start(let isProbe):
            _ = call.batch.begin(call.index)
            begin.yield(Started(call: call, isProbe: isProbe))
        }
    }

    private func make(_ started: Started) async {
        let call = started.call
        let outcome = await caller.tell(call.telling)
        ended(started, outcome)
        guard !call.batch.end(call.index, outcome) else { return }
        do throws(PostgresError) {
            try await store.keep([NotificationStore.Record(call.telling, outcome)], at: clock.now())
        } catch {
            // The queue of retries makes the call again, under the same id.
            logger.warning(
                "end of a slow call not recorded",
                metadata: call.telling.step.metadata(reason: "\(error)"))
        }
    }

    private func ended(_ started: Started, _ outcome: TellingOutcome) {
        let recipient = started.call.telling.recipient
        let (next, openCount) = state.withLock { state in
            var lane = state.lanes[recipient.lane] ?? RecipientLane(pause: pause)
            let next = lane.ended(outcome.end, asProbe: started.isProbe, at: clock.now()) { call in
                call.batch.begin(call.index)
            }
            state.lanes[recipient.lane] = lane.isIdle ? nil : lane
            if next.start == nil { state.underWayCount -= 1 }
            state.openCount += next.change?.openCountChange(wasProbe: started.isProbe) ?? 0
            return (next, state.openCount)
        }
        if let change = next.change {
            openGauge.record(openCount)
            log(change, started.call.telling, outcome)
        }
        for call in next.leftAlone {
            _ = call.batch.end(call.index, .paused(pause))
        }
        if let call = next.start { begin.yield(Started(call: call, isProbe: false)) }
    }

    private func log(
        _ change: EndpointBreaker.Change, _ telling: Telling, _ outcome: TellingOutcome
    ) {
        var metadata = Logger.Metadata.keyed([
            .endpoint: "\(telling.recipient.place)", .tenant: "\(telling.step.delivery.tenant)",
        ])
        switch change {
        case .closed: logger.notice("recipient answers again", metadata: metadata)
        case .opened(let pause):
            metadata.merge(
                .keyed([
                    .reason: "\(outcome.text)",
                    .durationMilliseconds: "\(pause.wireMilliseconds)",
                ])
            ) { $1 }
            logger.warning("recipient left alone", metadata: metadata)
        }
    }
}

extension EndpointBreaker.Change {
    /// A probe that fails opens what was open.
    fileprivate func openCountChange(wasProbe: Bool) -> Int {
        switch self {
        case .opened: wasProbe ? 0 : 1
        case .closed: -1
        }
    }
}

extension TellingOutcome {
    /// What it says of the recipient.
    fileprivate var end: RecipientEnd {
        switch self {
        case .delivered, .gone: .succeeded
        case .refused, .unreachable: .failed
        case .impossible, .underWay, .paused, .busy: .neither
        }
    }
}
