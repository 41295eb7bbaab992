// SPDX-License-Identifier: MIT

import Orders
import Testing

@testable import Notification

@Suite struct MailTextTests {
    private static func mail(
        customer: String = "bob", detail: String = "paid", status: OrderStatus = .charged
    ) -> String {
        let id = UniqueID(high: 0x0199_A1B2_0000_7000, low: 0x8000_0000_0000_0001)
        let text = MailText(
            message: MessageID(id), trace: TraceID(id),
            fields: .init(
                order: OrderID(id), tenant: "acme", customer: customer, status: status,
                detail: detail, changedAt: MeshInstant(milliseconds: 1_764_119_328_007)))
        return String(decoding: text.encoded(from: "mesh@example.com", to: "a@b.c"), as: UTF8.self)
    }

    /// Lines, as a mail server sees them.
    private static func lines(_ mail: String) -> [String] {
        mail.utf8.split(separator: 10, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
        }
    }

    @Test func `headers say who, when, what, and under which id`() {
        let lines = Self.lines(Self.mail())
        for line in [
            "From: <mesh@example.com>", "To: <a@b.c>",
            "Subject: Order 0199a1b2-0000-7000-8000-000000000001 is charged",
            "Date: Wed, 26 Nov 2025 01:08:48 +0000",
            "Message-ID: <0199a1b2-0000-7000-8000-000000000001@example.com>",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(lines.contains("because      paid"))
        #expect(lines.contains("since        2025-11-26 01:08:48 UTC"))
    }

    @Test(arguments: [
        "x\r\nBcc: all@example.com", "x\nBcc: y", "x\r\n.\r\nMAIL FROM:<a@b>", "\u{2028}Bcc: z",
        "\r", "x\u{0}y",
    ])
    func `what is said cannot add a line`(text: String) {
        let plain = Self.lines(Self.mail(customer: "x", detail: "y")).count
        let lines = Self.lines(Self.mail(customer: text, detail: text))
        #expect(lines.count == plain)
        #expect(!lines.contains { $0.hasPrefix("Bcc") || $0 == "." || $0.hasPrefix("MAIL") })
        #expect(!lines.contains { $0.utf8.contains(13) || $0.utf8.contains(0) })
    }

    @Test func `no line is longer than a mail's may be, and every byte is ASCII`() {
        let mail = Self.mail(detail: String(repeating: "größe 😀=", count: 60))
        #expect(mail.utf8.allSatisfy { $0 < 128 })
        #expect(Self.lines(mail).allSatisfy { $0.utf8.count <= 76 })
    }

    @Test(arguments: [
        ("plain", "plain"), ("größe", "=?utf-8?B?Z3LDtsOfZQ==?="),
        ("a\r\nb", "=?utf-8?B?YQ0KYg==?="), ("=?utf-8?Q?x?=", "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?="),
    ])
    func `a header's text is plain or in encoded words`(text: String, value: String) {
        #expect(HeaderText(text).description == value)
    }

    @Test func `a long header is cut into words between characters`() {
        let words = HeaderText(String(repeating: "ö", count: 100)).description
            .replacing("\r\n ", with: "\n").split(separator: "\n")
        #expect(words.count == 5)
        #expect(words.allSatisfy { $0.utf8.count <= 75 })
    }

    @Test(arguments: [
        ("a b\n", "a b\r\n"), ("a=b\n", "a=3Db\r\n"), ("a \n", "a=20\r\n"), ("ö\n", "=C3=B6\r\n"),
        ("\n\n", "\r\n\r\n"),
        (
            String(repeating: "x", count: 80) + "\n",
            String(repeating: "x", count: 75) + "=\r\n" + "xxxxx\r\n"
        ),
    ])
    func `quoted-printable is as RFC 2045 has it`(text: String, encoded: String) {
        #expect(String(decoding: QuotedPrintable.encoded(text), as: UTF8.self) == encoded)
    }
}
