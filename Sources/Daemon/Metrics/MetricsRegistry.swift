// SPDX-License-Identifier: MIT

package import Metrics
import Synchronization

/// Every metric of this process, shown as Prometheus's text format 0.0.4.
///
/// The factory behind swift-metrics: `Counter(label: "mesh_orders_total")` ends here. Timers are
/// histograms in seconds; aggregating recorders are histograms of sizes; other recorders are gauges.
/// A label names one kind of metric for the whole process: to use it for two is a programmer's error.
package final class MetricsRegistry: MetricsFactory, Sendable {
    /// Series of one name. Labels that come from outside (tenants) cannot fill the memory: further
    /// ones are counted together in the series `overflow="true"`.
    package static let seriesCountMax = 1_000

    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// A value read at the moment of the scrape.
    package struct Sample: Sendable {
        package var labels: [(String, String)]
        package var value: Double

        package init(_ value: Double, labels: [(String, String)] = []) {
            self.value = value
            self.labels = labels
        }
    }

    private struct Family {
        let kind: Kind
        var series: [MetricLabels: any Instrument] = [:]
    }

    private struct Sampler {
        let name: String
        let kind: Kind
        let read: @Sendable () -> [Sample]
    }

    private struct State {
        var families: [String: Family] = [:]
        var samplers: [Sampler] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Has `read` called at each scrape, and its samples shown under `name`.
    package func sample(
        _ name: String, as kind: Kind = .gauge, _ read: @escaping @Sendable () -> [Sample]
    ) {
        let sampler = Sampler(name: MetricName.sanitized(name), kind: kind, read: read)
        state.withLock { $0.samplers.append(sampler) }
    }

    /// All metrics, sorted by name.
    package var exposition: String {
        let (families, samplers) = state.withLock { ($0.families, $0.samplers) }
        var blocks: [String: String] = [:]
        for (name, family) in families where !family.series.isEmpty {
            var text = "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
                instrument.write(name, labels, to: &text)
            }
            blocks[name] = text
        }
        for sampler in samplers {
            let header = "# TYPE \(sampler.name) \(sampler.kind.rawValue)\n"
            for sample in sampler.read() {
                let series = sampler.name + MetricLabels(sample.labels).text()
                blocks[sampler.name, default: header] += "\(series) \(NumberText(sample.value))\n"
            }
        }
        return blocks.sorted { $0.key < $1.key }.map(\.value).joined()
    }

    private func instrument<Made: Instrument>(
        _ label: String, _ dimensions: [(String, String)], kind: Kind, make: () -> Made
    ) -> Made {
        let name = MetricName.sanitized(label)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            var labels = MetricLabels(dimensions)
            if family.series[labels] == nil, family.series.count >= Self.seriesCountMax {
                labels = MetricLabels([("overflow", "true")])
            }
            let found = family.series[labels] ?? make()
            family.series[labels] = found
            state.families[name] = family
            guard let instrument = found as? Made else {
                preconditionFailure("metric \(name) is used as two kinds")
            }
            return instrument
        }
    }

    private func forget(_ handler: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                guard let series = family.series.first(where: { $0.value === handler }) else {
                    continue
                }
                state.families[name]?.series[series.key] = nil
            }
        }
    }
}

extension MetricsRegistry {
    package func makeCounter(
        label: String, dimensions: [(String, String)]
    ) -> any CounterHandler {
        instrument(label, dimensions, kind: .counter) { CounterInstrument() }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        instrument(label, dimensions, kind: .counter) { FractionCounterInstrument() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, dimensions, kind: .gauge) { GaugeInstrument() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else {
            return instrument(label, dimensions, kind: .gauge) { GaugeInstrument() }
        }
        return instrument(label, dimensions, kind: .histogram) {
            HistogramInstrument(bounds: HistogramInstrument.countBounds)
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(label, dimensions, kind: .histogram) {
            HistogramInstrument(bounds: HistogramInstrument.secondsBounds)
        }
    }

    package func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        forget(handler)
    }
    package func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { forget(handler) }
}
