// SPDX-License-Identifier: MIT

/// What the driver must say in the end.
enum GoldenExpectation: Sendable {
    /// Answered: these results, each with at least these values.
    case answered([[String: GoldenScalar]])
    /// Refused, with this effect; under one of these names, unless there are none.
    case refused(effect: String, names: [String] = [])

    /// What is wrong with an outcome; nil when nothing is.
    func problem(with outcome: GoldenOutcome) -> String? {
        switch self {
        case .answered(let results): Self.problem(results, outcome)
        case .refused(let effect, let names): Self.problem(effect, names, outcome)
        }
    }

    private static func problem(
        _ wanted: [[String: GoldenScalar]], _ outcome: GoldenOutcome
    ) -> String? {
        guard outcome.outcome == .answered, let results = outcome.results else {
            return "should be answered, is \(text(outcome))"
        }
        guard results.count == wanted.count else {
            return "\(wanted.count) results expected, \(results.count) told"
        }
        for (index, pair) in zip(wanted, results).enumerated() {
            for (name, value) in pair.0.sorted(by: { $0.key < $1.key }) where pair.1[name] != value
            {
                let told = pair.1[name].map(\.description) ?? "nothing"
                return "result \(index + 1): \(name) should be \(value), is \(told)"
            }
        }
        return nil
    }

    private static func problem(
        _ effect: String, _ names: [String], _ outcome: GoldenOutcome
    ) -> String? {
        guard outcome.outcome == .refused, outcome.effect == effect else {
            return "should be refused with \(effect), is \(text(outcome))"
        }
        guard names.isEmpty || names.contains(outcome.error ?? "") else {
            return "should be refused as \(names.joined(separator: " or ")), is \(text(outcome))"
        }
        return nil
    }

    private static func text(_ outcome: GoldenOutcome) -> String {
        [outcome.outcome.rawValue, outcome.error, outcome.effect, outcome.message]
            .compactMap { $0 }.joined(separator: " ")
    }
}
