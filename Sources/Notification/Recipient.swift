// SPDX-License-Identifier: MIT

/// Whom a tenant wants to be told.
enum Recipient: Sendable, Hashable {
    case webhook(WebhookEndpoint)
    /// A mail address.
    case mailbox(String)

    /// What a recipient is known by: the webhook's URL, or `mailto:` and the address.
    var address: String {
        switch self {
        case .webhook(let endpoint): endpoint.url
        case .mailbox(let address): "mailto:\(address)"
        }
    }

    /// As the table `notifications` has it.
    var channel: String {
        switch self {
        case .webhook: "webhook"
        case .mailbox: "mail"
        }
    }

    /// What fails as one: each webhook for itself, all mail with the one server that takes it.
    var lane: String {
        switch self {
        case .webhook(let endpoint): endpoint.url
        case .mailbox: "smtp"
        }
    }

    /// For logs: without path and query, in which receivers like to have secrets.
    var place: String {
        switch self {
        case .webhook(let endpoint):
            endpoint.url.split(separator: "/", maxSplits: 2).prefix(2).joined(separator: "//")
        case .mailbox: "the mail server"
        }
    }
}
