// SPDX-License-Identifier: MIT
import ArgumentParser

/// A time span on the command line: `500ms`, `90s`, `15m`, `2h`, `7d`.
struct DurationArgument: ExpressibleByArgument, Equatable {
    let duration: Duration

    /// Longest unit first: `ms` ends in `s`.
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// As if it had been written so.
    init(_ duration: Duration) { self.duration = duration }

    /// nil when it is none, or longer than a hundred years.
    init?(argument: String) {
        guard let unit = Self.units.first(where: { argument.hasSuffix($0.suffix) }),
            let count = Int64(argument.dropLast(unit.suffix.count)),
            (0...36_500 * 86_400_000 / unit.milliseconds).contains(count)
        else { return nil }
        duration = .milliseconds(count * unit.milliseconds)
    }
}
