// SPDX-License-Identifier: MIT

/// Where a tenant wants to be told.
struct WebhookEndpoint: Sendable, Hashable {
    let url: String
    /// As stored: `whsec_` and the key in base64, or the base64 alone.
    let secret: String
}
