// SPDX-License-Identifier: MIT

/// One message to hand to a mail server.
package struct MailMessage: Sendable {
    /// The envelope's sender: an address without angle brackets.
    package var from: String
    /// The envelope's recipients, at least one.
    package var recipients: [String]
    /// Header fields, an empty line and the body (RFC 5322), lines ended by CR LF.
    package var content: [UInt8]

    package init(from: String, recipients: [String], content: [UInt8]) {
        self.from = from
        self.recipients = recipients
        self.content = content
    }

    /// Whether `text` can stand in an envelope: it cannot end the line that it stands in.
    package static func isAddress(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
        }
            && text.contains("@") && text.utf8.count <= 254
    }
}

/// Where mail is handed over.
package struct MailServer: Sendable {
    /// `smtp://host:port`, or `smtps://host:port` for TLS from the first byte.
    package var url: String
    package var username: String?
    package var password: String?
    /// Refuses to go on when the server offers no STARTTLS.
    package var isTLSRequired: Bool
    /// The whole hand-over.
    package var timeout: Duration = .seconds(30)

    package init(
        url: String, username: String? = nil, password: String? = nil, isTLSRequired: Bool = true
    ) {
        self.url = url
        self.username = username
        self.password = password
        self.isTLSRequired = isTLSRequired
    }
}
