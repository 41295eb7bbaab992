// SPDX-License-Identifier: MIT

package import Orders

/// An instant in RFC 3339, in UTC with milliseconds: `2026-11-23T19:10:00.123Z`.
package struct TimestampText: CustomStringConvertible {
    package let description: String

    package init(_ instant: MeshInstant) {
        let milliseconds = Int(instant.milliseconds)
        let (days, inDay) = (milliseconds / 86_400_000, milliseconds % 86_400_000)
        let (year, month, day) = Self.civil(fromDays: days)
        description =
            "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
            + "T\(Self.padded(inDay / 3_600_000, 2)):\(Self.padded(inDay / 60_000 % 60, 2))"
            + ":\(Self.padded(inDay / 1_000 % 60, 2)).\(Self.padded(inDay % 1_000, 3))Z"
    }

    /// Days since 1970-01-01 as a date of the Gregorian calendar; years begin in March here, so
    /// that the leap day is the last of its year.
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
