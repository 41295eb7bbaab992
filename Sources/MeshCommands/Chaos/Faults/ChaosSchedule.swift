// SPDX-License-Identifier: MIT
import SimulatedMachine

/// What goes wrong when, and for how long: all of it follows from a seed, a length and a provider.
struct ChaosSchedule: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        /// From the beginning of the run.
        let at: Duration
        /// Until it is mended; zero for what ends by itself.
        let lasting: Duration
        let fault: ChaosFault
    }

    let entries: [Entry]

    /// Orders flow before the first fault.
    private static let calm = Duration.seconds(3)
    /// Everything is mended by the end.
    private static let lastingMax = Duration.seconds(12)
    private static let triesMax = 20

    /// - Parameter length: no fault begins later.
    init(seed: UInt64, length: Duration, provider: ChaosProvider = .ledger) {
        var random = SplitMix64(seed: seed)
        var entries: [Entry] = []
        var busy: [String: Duration] = [:]
        var at = Self.calm
        while at < length {
            if let entry = Self.entry(at: at, busy: busy, provider, &random) {
                entries.append(entry)
                busy[entry.fault.victim] = entry.at + entry.lasting + .seconds(1)
            }
            at += Self.gap(&random)
        }
        self.entries = entries
    }

    /// One whose victim is not under another one; nil when none was drawn.
    private static func entry(
        at: Duration, busy: [String: Duration], _ provider: ChaosProvider,
        _ random: inout SplitMix64
    ) -> Entry? {
        for _ in 0..<triesMax {
            let fault = fault(provider, &random)
            let lasting = fault.isMomentary ? .zero : lasting(&random)
            guard (busy[fault.victim] ?? .zero) <= at else { continue }
            return Entry(at: at, lasting: lasting, fault: fault)
        }
        return nil
    }

    /// Faults overlap; now and then there is time to get well.
    private static func gap(_ random: inout SplitMix64) -> Duration {
        .milliseconds(
            random.once(in: 12)
                ? Int.random(in: 6_000...12_000, using: &random)
                : Int.random(in: 200...4_000, using: &random))
    }

    /// Mostly shorter than a lease, and one in four longer.
    private static func lasting(_ random: inout SplitMix64) -> Duration {
        let limit = Int(lastingMax / .milliseconds(1))
        return .milliseconds(
            random.once(in: 4)
                ? Int.random(in: 5_500...limit, using: &random)
                : Int.random(in: 100...3_000, using: &random))
    }

    private static func fault(
        _ provider: ChaosProvider, _ random: inout SplitMix64
    ) -> ChaosFault {
        if provider == .stripe, random.once(in: 5) { return betweenStripeAndUs(&random) }
        return switch Int.random(in: 0..<100, using: &random) {
        case ..<22: .kill(daemon(&random))
        case ..<40: .stop(daemon(&random))
        case ..<43: .killDatabase
        case ..<46: .stopDatabase
        case ..<49: .killBackend(draw: random.next())
        case ..<54: .stopBackend(draw: random.next())
        case ..<57: .killAll
        case ..<84: network(provider, &random)
        case ..<90: .fillDisk(random.once(in: 2) ? .broker : .receipts)
        case ..<96: clock(&random)
        default: .closeReceiver
        }
    }

    private static func daemon(_ random: inout SplitMix64) -> MeshDaemon {
        pick(ChaosMesh.daemons, &random)
    }

    private static func network(
        _ provider: ChaosProvider, _ random: inout SplitMix64
    ) -> ChaosFault {
        // Where money moves, answers that are lost are what matters most.
        if random.once(in: 5) { return .network(ChaosLink.paymentToDatabase, .losingAnswers) }
        let link = pick(ChaosLink.all(provider), &random)
        return .network(link, condition(&random))
    }

    /// A charge that stands and was never told of, above all.
    private static func betweenStripeAndUs(_ random: inout SplitMix64) -> ChaosFault {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .stopProvider
        case 1: .network(.stripeToPayment, condition(&random))
        case ..<5: .network(.paymentToStripe, .losingAnswers)
        default: .network(.paymentToStripe, condition(&random))
        }
    }

    private static func condition(_ random: inout SplitMix64) -> LinkCondition {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .cut
        case 1: .stalled(.both)
        case 2: .stalled(.requests)
        case 3: .stalled(.answers)
        case 4: .losingAnswers
        default: .slow(milliseconds: Int.random(in: 20...800, using: &random))
        }
    }

    /// Minutes or seconds, on or back. An hour back would be before the certificates' first moment.
    private static func clock(_ random: inout SplitMix64) -> ChaosFault {
        let seconds = Int.random(in: 1...(random.once(in: 2) ? 5 : 1_800), using: &random)
        return .stepClock(daemon(&random), seconds: random.once(in: 2) ? seconds : -seconds)
    }

    private static func pick<Element>(
        _ elements: [Element], _ random: inout SplitMix64
    ) -> Element {
        precondition(!elements.isEmpty, "something to choose from")
        return elements[Int.random(in: 0..<elements.count, using: &random)]
    }
}

extension ChaosSchedule.Entry: CustomStringConvertible {
    /// As it is printed before the run.
    var description: String {
        let begin = Self.seconds(at)
        return lasting == .zero
            ? "\(begin) \(fault)" : "\(begin) \(fault) for \(Self.seconds(lasting))"
    }

    private static func seconds(_ time: Duration) -> String {
        "\((time / .milliseconds(1)).rounded() / 1000) s"
    }
}
