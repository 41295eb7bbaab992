// SPDX-License-Identifier: MIT
import Metrics
import NIOCore
import Orders
import QueueState

/// What Prometheus sees of the broker; read off the engine once a second, so that no message pays.
final class BrokerMetrics {
    private var gauges: [String: Gauge] = [:]
    private var counters: [String: (counter: Counter, total: UInt64)] = [:]

    private static let interval = TimeAmount.seconds(1)

    /// Reports until the task is cancelled.
    static func start(
        _ service: NIOLoopBoundBox<BrokerService>, on loop: any EventLoop
    ) -> RepeatedTask {
        let metrics = NIOLoopBoundBox.makeBoxSendingValue(BrokerMetrics(), eventLoop: loop)
        return loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            metrics.value.report(service.value)
        }
    }

    private func report(_ service: BrokerService) {
        count("mesh_broker_fsyncs_total", service.fsyncCount)
        count("mesh_broker_records_total", service.engine.recordCount)
        set("mesh_broker_disk_full", service.engine.isDiskFull ? 1 : 0)
        let now = service.clock.now()
        for index in 0..<service.engine.queueCount {
            let queue = QueueNumber(UInt16(index))
            let depths = service.engine.depths(of: queue, now: now)
            let name = service.engine.name(of: queue).text
            set("mesh_broker_queue_ready", depths.ready, name)
            set("mesh_broker_queue_held", depths.held, name)
            set("mesh_broker_queue_leased", depths.leased, name)
            set("mesh_broker_queue_delayed", depths.delayed, name)
            set("mesh_broker_queue_dead", depths.dead, name)
            set("mesh_broker_queue_bytes", depths.bytes, name)
            set("mesh_broker_queue_paused", depths.isPaused ? 1 : 0, name)
            count("mesh_broker_published_total", depths.publishedTotal, name)
            count("mesh_broker_settled_total", depths.settledTotal, name)
        }
    }

    private func set(_ label: String, _ value: UInt64, _ queue: String? = nil) {
        let key = "\(label) \(queue ?? "")"
        let gauge =
            gauges[key]
            ?? Gauge(label: label, dimensions: queue.map { [("queue", $0)] } ?? [])
        gauges[key] = gauge
        gauge.record(value)
    }

    /// `total` never falls.
    private func count(_ label: String, _ total: UInt64, _ queue: String? = nil) {
        let key = "\(label) \(queue ?? "")"
        let (counter, before) =
            counters[key]
            ?? (Counter(label: label, dimensions: queue.map { [("queue", $0)] } ?? []), 0)
        counters[key] = (counter, total)
        if total > before { counter.increment(by: total - before) }
    }
}
