// SPDX-License-Identifier: MIT
import Daemon
import Orders

/// An instant as mails have it, in UTC: `Mon, 23 Nov 2026 19:10:00 +0000`.
struct MailDate: CustomStringConvertible {
    let description: String

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    init(_ instant: MeshInstant) {
        // 1970-01-01 was a Thursday.
        let day = Self.days[Int(instant.milliseconds / 86_400_000 % 7)]
        let text = TimestampText(instant).description
        let date = text.prefix(10).split(separator: "-")
        let month = Self.months[(Int(date[1]) ?? 1) - 1]
        description =
            "\(day), \(date[2]) \(month) \(date[0]) \(text.dropFirst(11).prefix(8)) +0000"
    }
}
