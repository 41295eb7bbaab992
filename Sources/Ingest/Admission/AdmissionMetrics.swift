// SPDX-License-Identifier: MIT
import Metrics
import Wire

/// What admission did, for `/metrics`.
struct AdmissionMetrics: Sendable {
    private static let outcomes = "mesh_orders_total"

    private let accepted = Counter(label: outcomes, dimensions: [("outcome", "accepted")])
    private let replayed = Counter(label: outcomes, dimensions: [("outcome", "replayed")])
    private let batches = Recorder(label: "mesh_admission_batch_orders", aggregate: true)
    private let outbox = Gauge(label: "mesh_outbox_messages")

    /// Counts one request by what it was answered.
    func count(_ answer: PlaceAnswer) {
        switch answer {
        case .accepted: accepted.increment()
        case .replayed: replayed.increment()
        case .refused(let refusal):
            Counter(label: Self.outcomes, dimensions: [("outcome", refusal.code.name)]).increment()
        }
    }

    /// Notes how many requests shared a transaction.
    func batch(of count: Int) { batches.record(count) }

    /// Notes how many messages wait to be handed over.
    func outbox(of count: Int) { outbox.record(count) }
}
