// SPDX-License-Identifier: MIT
import Daemon
import FoundationEssentials
import HTTPCalls

/// The mail server that takes what tenants are told by mail. Its address is the operator's, and no
/// policy forbids that it stands in the own network.
struct MailSettings: Sendable {
    let server: MailServer
    /// `smtp.from`: the sender, in the envelope and in the message.
    let from: String
    /// `smtp.trust`: a PEM file of the authorities to trust in place of the system's.
    let trustRoots: String?
}

extension MailSettings {
    /// Nil without `smtp.url`.
    init?(from reader: SettingsReader) throws(ConfigurationError) {
        guard let url = reader.optionalText("url") else { return nil }
        guard url.hasPrefix("smtp://") || url.hasPrefix("smtps://") else {
            throw ConfigurationError(
                .malformed, key: "smtp.url", "'\(url)' begins neither with smtp:// nor smtps://")
        }
        let from = try reader.text("from")
        guard MailMessage.isAddress(from) else {
            throw ConfigurationError(.malformed, key: "smtp.from", "'\(from)' is no mail address")
        }
        var server = MailServer(
            url: url, username: reader.optionalText("user"),
            password: try Self.password(in: reader.optionalText("passwordFile")),
            // Passwords and orders travel in the clear without it.
            isTLSRequired: try reader.flag("tlsRequired", default: true))
        server.timeout = try reader.duration(
            "timeout", default: .seconds(30), in: .seconds(1)...(.seconds(120)))
        self.init(server: server, from: from, trustRoots: reader.optionalText("trust"))
    }

    private static func password(in path: String?) throws(ConfigurationError) -> String? {
        guard let path else { return nil }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return String(text.prefix { !$0.isNewline })
        } catch {
            throw ConfigurationError(
                .malformed, key: "smtp.passwordFile", "\(path) cannot be read")
        }
    }
}
