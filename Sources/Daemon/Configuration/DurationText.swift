// SPDX-License-Identifier: MIT

/// A duration as people write it: `250ms`, `20s`, `5m`, `1h`, `7d`.
struct DurationText: Equatable, CustomStringConvertible {
    let duration: Duration

    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    init(_ duration: Duration) { self.duration = duration }

    /// Nil unless `text` is digits followed by a unit and at most a century.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count)
        guard let count = Int64(digits), count <= 36_500 * 86_400_000,
            let unit = Self.units.first(where: { $0.suffix == suffix })
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow else { return nil }
        duration = .milliseconds(milliseconds)
    }

    var description: String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        let unit = Self.units.last { milliseconds != 0 && milliseconds % $0.milliseconds == 0 }
        return "\(milliseconds / (unit?.milliseconds ?? 1))\(unit?.suffix ?? "ms")"
    }
}
