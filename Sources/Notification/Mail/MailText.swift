// SPDX-License-Identifier: MIT
import Daemon
import Orders

/// One change of an order as a mail in plain text (RFC 5322). The same bytes whenever it is sent
/// again, under the same Message-ID.
struct MailText: Sendable {
    let message: MessageID
    let trace: TraceID
    let fields: WebhookMessage.Fields

    func encoded(from sender: String, to recipient: String) -> [UInt8] {
        let domain = sender.split(separator: "@").last ?? "localhost"
        let headers = [
            "From: <\(sender)>",
            "To: <\(recipient)>",
            "Subject: \(HeaderText(subject))",
            "Date: \(MailDate(fields.changedAt))",
            "Message-ID: <\(message)@\(domain)>",
            "X-Correlation-ID: \(trace)",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ]
        let head = headers.map { $0 + "\r\n" }.joined() + "\r\n"
        return Array(head.utf8) + QuotedPrintable.encoded(body)
    }

    private var subject: String { "Order \(fields.order) is \(fields.status.rawValue)" }

    private var body: String {
        let time = TimestampText(fields.changedAt).description
        var lines = [
            "Order        \(fields.order)",
            "is now       \(fields.status.rawValue)",
            "since        \(time.prefix(10)) \(time.dropFirst(11).prefix(8)) UTC",
            "of customer  \(fields.customer)",
            "of tenant    \(fields.tenant)",
        ]
        if !fields.detail.isEmpty { lines.append("because      \(fields.detail)") }
        lines.append("correlation  \(trace)")
        return lines.map { Self.oneLine($0) + "\n" }.joined()
    }

    /// What is a line stays one.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.properties.generalCategory == .control
                        || scalar.properties.generalCategory == .lineSeparator
                        || scalar.properties.generalCategory == .paragraphSeparator ? " " : scalar
                }))
    }
}
