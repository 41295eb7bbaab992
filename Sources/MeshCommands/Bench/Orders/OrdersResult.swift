// SPDX-License-Identifier: MIT
import Foundation

/// What one case of `bench orders` measured: a benchmark's figures, and what an order costs.
struct OrdersResult: Encodable {
    /// Per second: from accepted to fulfilled.
    let figures: BenchResult
    let orderCount: Int
    let fulfilledCount: Int
    let maxMilliseconds: Double
    /// By program; `postgres` is the server with all its processes, `client` this benchmark.
    let cpuMicrosecondsPerOrder: [String: Double]
    /// By the status reached: the median since the event before.
    let stageMilliseconds: [String: Double]
    /// Transactions of PostgreSQL that wrote, kilobytes of its log, messages and syncs of brokerd.
    let transactionsPerOrder: Double
    let walKilobytesPerOrder: Double
    let messagesPerOrder: Double
    let brokerFsyncsPerOrder: Double
    private let stages: [String]
    /// What the first order that was refused was told.
    let refusal: String?
    /// Sums that do not hold.
    let complaints: [String]

    private enum CodingKeys: String, CodingKey {
        case orderCount = "orders"
        case fulfilledCount = "fulfilled"
        case maxMilliseconds = "max_ms"
        case cpuMicrosecondsPerOrder = "cpu_us_per_order"
        case stageMilliseconds = "stage_median_ms"
        case transactionsPerOrder = "transactions_per_order"
        case walKilobytesPerOrder = "wal_kb_per_order"
        case messagesPerOrder = "messages_per_order"
        case brokerFsyncsPerOrder = "broker_fsyncs_per_order"
        case refusal, complaints
    }

    init(name: String, load: BenchCase, _ outcome: OrdersOutcome) {
        let count = Double(max(outcome.placedCount, 1))
        func each(_ value: Double) -> Double { (value / count * 1000).rounded() / 1000 }
        let spent = outcome.spent
        // Of a message, not of an order: what is synced together.
        let server = spent.cpu.filter { $0.key != "client" }.values.reduce(.zero, +)
        figures = BenchResult(
            name: name, load: load, sample: outcome.sample,
            seconds: outcome.elapsed / .seconds(1), cpu: server,
            operationsPerFsync: Double(spent.messageCount) / Double(max(spent.brokerSyncCount, 1)))
        orderCount = outcome.placedCount
        fulfilledCount = outcome.audit.fulfilled
        maxMilliseconds = outcome.sample.milliseconds(100)
        cpuMicrosecondsPerOrder = spent.cpu.mapValues { each($0 / .microseconds(1)) }
        stages = outcome.journey.medians.map(\.status)
        stageMilliseconds = Dictionary(uniqueKeysWithValues: outcome.journey.medians)
        transactionsPerOrder = each(Double(spent.transactionCount))
        walKilobytesPerOrder = each(Double(spent.walByteCount) / 1024)
        messagesPerOrder = each(Double(spent.messageCount))
        brokerFsyncsPerOrder = each(Double(spent.brokerSyncCount))
        refusal = outcome.complaint
        complaints = outcome.complaints
    }

    func encode(to encoder: any Encoder) throws {
        try figures.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(orderCount, forKey: .orderCount)
        try container.encode(fulfilledCount, forKey: .fulfilledCount)
        try container.encode(maxMilliseconds, forKey: .maxMilliseconds)
        try container.encode(cpuMicrosecondsPerOrder, forKey: .cpuMicrosecondsPerOrder)
        try container.encode(stageMilliseconds, forKey: .stageMilliseconds)
        try container.encode(transactionsPerOrder, forKey: .transactionsPerOrder)
        try container.encode(walKilobytesPerOrder, forKey: .walKilobytesPerOrder)
        try container.encode(messagesPerOrder, forKey: .messagesPerOrder)
        try container.encode(brokerFsyncsPerOrder, forKey: .brokerFsyncsPerOrder)
        try container.encode(refusal, forKey: .refusal)
        try container.encode(complaints, forKey: .complaints)
    }

    /// For people: the figures of all cases, then of each where its time and its work went.
    static func table(_ results: [OrdersResult]) -> String {
        BenchResult.table(results.map(\.figures)) + "\n"
            + results.map(\.account).joined(separator: "\n")
    }

    private var account: String {
        let cpu = cpuMicrosecondsPerOrder.sorted { $0.value > $1.value }
            .map { "\($0.key) \(Int($0.value))" }.joined(separator: ", ")
        let ways = stages.map { "\($0) \(stageMilliseconds[$0] ?? 0)" }.joined(separator: ", ")
        return """
            \(figures.name): \(fulfilledCount) of \(orderCount) orders fulfilled, the slowest in \
            \(maxMilliseconds) ms
              CPU, us an order: \(cpu)
              median ms until: \(ways)
              an order: \(transactionsPerOrder) transactions, \(walKilobytesPerOrder) KiB of WAL, \
            \(messagesPerOrder) messages, \(brokerFsyncsPerOrder) syncs of brokerd\
            \(refusal.map { "\n  refused: " + $0 } ?? "")
            """
    }
}
