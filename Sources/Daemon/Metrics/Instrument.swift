// SPDX-License-Identifier: MIT

import Metrics
import Synchronization

/// One series: it counts, and it writes itself in Prometheus's text form.
protocol Instrument: AnyObject, Sendable {
    func write(_ name: String, _ labels: MetricLabels, to text: inout String)
}

/// A whole number that only grows.
final class CounterInstrument: CounterHandler, Instrument {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: MetricLabels, to text: inout String) {
        text += "\(name)\(labels.text()) \(value.load(ordering: .relaxed))\n"
    }
}

/// A number that only grows.
final class FractionCounterInstrument: FloatingPointCounterHandler, Instrument {
    private let value = Mutex(0.0)

    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func reset() { value.withLock { $0 = 0 } }

    func write(_ name: String, _ labels: MetricLabels, to text: inout String) {
        text += "\(name)\(labels.text()) \(NumberText(value.withLock { $0 }))\n"
    }
}

/// A number that goes up and down; the last one recorded stands.
final class GaugeInstrument: MeterHandler, RecorderHandler, Instrument {
    private let value = Mutex(0.0)

    func set(_ number: Int64) { value.withLock { $0 = Double(number) } }
    func set(_ number: Double) { value.withLock { $0 = number } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ number: Int64) { set(number) }
    func record(_ number: Double) { set(number) }

    func write(_ name: String, _ labels: MetricLabels, to text: inout String) {
        text += "\(name)\(labels.text()) \(NumberText(value.withLock { $0 }))\n"
    }
}

/// How often values fell under each of some fixed bounds, their sum and their count.
final class HistogramInstrument: TimerHandler, RecorderHandler, Instrument {
    /// Seconds, from a tenth of a millisecond to half a minute.
    static let secondsBounds = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
        2.5, 5, 10, 30,
    ]
    /// Sizes and counts: powers of four.
    static let countBounds: [Double] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536]

    private struct State {
        var counts: [UInt64]
        var sum = 0.0
        var count: UInt64 = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ number: Int64) { record(Double(number)) }

    func record(_ number: Double) {
        let index = bounds.firstIndex { number <= $0 }
        state.withLock { state in
            if let index { state.counts[index] += 1 }
            state.sum += number
            state.count += 1
        }
    }

    func write(_ name: String, _ labels: MetricLabels, to text: inout String) {
        let state = self.state.withLock { $0 }
        var cumulative: UInt64 = 0
        for (bound, count) in zip(bounds, state.counts) {
            cumulative += count
            let series = labels.text(adding: ("le", NumberText(bound).description))
            text += "\(name)_bucket\(series) \(cumulative)\n"
        }
        text += "\(name)_bucket\(labels.text(adding: ("le", "+Inf"))) \(state.count)\n"
        text += "\(name)_sum\(labels.text()) \(NumberText(state.sum))\n"
        text += "\(name)_count\(labels.text()) \(state.count)\n"
    }
}

/// A number as Prometheus reads it.
struct NumberText: CustomStringConvertible {
    let description: String

    init(_ number: Double) {
        if number.isNaN {
            description = "NaN"
        } else if number.isInfinite {
            description = number > 0 ? "+Inf" : "-Inf"
        } else if let whole = Int64(exactly: number) {
            description = String(whole)
        } else {
            description = String(number)
        }
    }
}
