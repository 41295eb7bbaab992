// SPDX-License-Identifier: MIT
import Metrics
import Saga

/// What a stage counts, by the stage's name.
struct StageMetrics: Sendable {
    private let steps: [String: Counter]
    private let batches: Counter
    private let stale: Counter
    private let refused: Counter
    private let pauses: Counter
    private let breaker: Gauge
    private let batchTime: Timer

    init(stage: StageQueue) {
        let name = stage.rawValue
        func counter(_ label: String, _ extra: [(String, String)] = []) -> Counter {
            Counter(label: label, dimensions: [("stage", name)] + extra)
        }
        steps = Dictionary(
            uniqueKeysWithValues: ["acknowledged", "retried", "dead", "released"].map {
                ($0, counter("mesh_steps_total", [("outcome", $0)]))
            })
        batches = counter("mesh_step_batches_total")
        stale = counter("mesh_stale_leases_total")
        refused = counter("mesh_hand_overs_refused_total")
        pauses = counter("mesh_stage_pauses_total")
        breaker = Gauge(label: "mesh_stage_breaker_open", dimensions: [("stage", name)])
        breaker.record(0)
        batchTime = Timer(label: "mesh_step_batch_seconds", dimensions: [("stage", name)])
    }

    func handled(_ duration: Duration) {
        batches.increment()
        batchTime.recordNanoseconds(
            duration.components.seconds * 1_000_000_000
                + duration.components.attoseconds / 1_000_000_000)
    }

    func settled(_ verdict: StepOutcome.Verdict) {
        switch verdict {
        case .acknowledge: steps["acknowledged"]?.increment()
        case .retry: steps["retried"]?.increment()
        case .dead: steps["dead"]?.increment()
        case .release: released(1)
        }
    }

    func released(_ count: Int) { steps["released"]?.increment(by: count) }
    func leaseWasStale() { stale.increment() }
    func handOverRefused() { refused.increment() }
    func paused() {
        pauses.increment()
        breaker.record(1)
    }

    func resumed() { breaker.record(0) }
}
