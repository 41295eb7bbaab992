// SPDX-License-Identifier: MIT

import Metrics
import Orders
import Testing

@testable import Daemon

@Suite struct MetricsRegistryTests {
    @Test func `counters and gauges of one name stand under one type line`() {
        let registry = MetricsRegistry()
        Counter(label: "mesh_orders_total", dimensions: [("tenant", "b")], factory: registry)
            .increment(by: 2)
        Counter(label: "mesh_orders_total", dimensions: [("tenant", "a")], factory: registry)
            .increment()
        Gauge(label: "mesh.depth", factory: registry).record(1.5)
        #expect(
            registry.exposition == """
                # TYPE mesh_depth gauge
                mesh_depth 1.5
                # TYPE mesh_orders_total counter
                mesh_orders_total{tenant="a"} 1
                mesh_orders_total{tenant="b"} 2

                """)
    }

    @Test func `the same label and dimensions are the same series`() {
        let registry = MetricsRegistry()
        for _ in 0..<3 {
            Counter(label: "x", dimensions: [("b", "1"), ("a", "2")], factory: registry).increment()
        }
        #expect(registry.exposition.contains(#"x{a="2",b="1"} 3"#))
    }

    @Test func `label values are escaped`() {
        let registry = MetricsRegistry()
        let hostile = "a\"b\\c\nd"
        Counter(label: "x", dimensions: [("v", hostile)], factory: registry).increment()
        #expect(registry.exposition.contains(#"x{v="a\"b\\c\nd"} 1"#))
    }

    @Test func `a timer is a cumulative histogram in seconds`() {
        let registry = MetricsRegistry()
        let timer = Timer(label: "t", factory: registry)
        timer.recordMilliseconds(3)
        timer.recordMilliseconds(40)
        timer.recordSeconds(60)
        let lines = registry.exposition.split(separator: "\n")
        #expect(lines.contains(#"t_bucket{le="0.0025"} 0"#))
        #expect(lines.contains(#"t_bucket{le="0.005"} 1"#))
        #expect(lines.contains(#"t_bucket{le="0.05"} 2"#))
        #expect(lines.contains(#"t_bucket{le="30"} 2"#))
        #expect(lines.contains(#"t_bucket{le="+Inf"} 3"#))
        #expect(lines.contains("t_count 3"))
        #expect(lines.contains("t_sum 60.043"))
    }

    @Test func `labels from outside cannot grow without bound`() {
        let registry = MetricsRegistry()
        for index in 0..<(MetricsRegistry.seriesCountMax + 5) {
            Counter(label: "x", dimensions: [("tenant", "\(index)")], factory: registry).increment()
        }
        let lines = registry.exposition.split(separator: "\n")
        #expect(lines.count == MetricsRegistry.seriesCountMax + 2)
        #expect(lines.contains(#"x{overflow="true"} 5"#))
    }

    @Test func `samples are read at the scrape`() {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry, started: .epoch)
        registry.sample("mesh_queue_depth") { [.init(7, labels: [("queue", "payment")])] }
        let text = registry.exposition
        #expect(text.contains(#"mesh_queue_depth{queue="payment"} 7"#))
        #expect(text.contains("# TYPE process_cpu_seconds_total counter"))
        #expect(ProcessMetrics.residentByteCount ?? 0 > 1 << 20)
        #expect(ProcessMetrics.openDescriptorCount ?? 0 > 2)
    }

    @Test(arguments: [("mesh.a-b", "mesh_a_b"), ("9x", "_9x"), ("", "_"), ("é", "_")])
    func `names become what Prometheus takes`(label: String, name: String) {
        #expect(MetricName.sanitized(label) == name)
    }
}
