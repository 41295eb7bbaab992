// SPDX-License-Identifier: MIT
package import Daemon

/// The part `stripe` of the configuration of `paymentd`.
package struct StripeSettings: Sendable {
    package let configuration: StripeConfiguration
    /// Nil when Stripe does not call us.
    package let webhook: StripeWebhookSettings?

    /// Reads every key; opens the files of secrets, and insists on what is required, only when they are
    /// wanted.
    ///
    /// - Returns: nil when it is not wanted.
    init?(from reader: SettingsReader, isWanted: Bool) throws(ConfigurationError) {
        let endpoint = reader.text("endpoint", default: "https://api.stripe.com")
        let key = try StripeSecret(
            from: reader, "secretKey", prefixes: ["sk_", "rk_"], isWanted: isWanted)
        let timeout = try reader.duration(
            "timeout", default: .seconds(20), in: .seconds(1)...(.seconds(80)))
        let concurrencyMax = try reader.integer("concurrency", default: 32, in: 1...256)
        let paymentMethod = reader.optionalText("paymentMethod")
        webhook = try StripeWebhookSettings(from: reader.scoped("webhook"), isWanted: isWanted)
        guard isWanted else { return nil }
        guard Self.isSafe(endpoint) else {
            throw ConfigurationError(
                .malformed, key: reader.fullKey("endpoint"),
                "'\(endpoint)' is no https URL without path (http only to this machine)")
        }
        guard let key else {
            throw ConfigurationError(
                .missing, key: reader.fullKey("secretKeyFile"),
                "or secretKey is required where payment.provider is stripe")
        }
        var configuration = StripeConfiguration(endpoint: endpoint, secretKey: key)
        configuration.timeout = timeout
        configuration.concurrencyMax = concurrencyMax
        configuration.paymentMethod = paymentMethod?.isEmpty == true ? nil : paymentMethod
        self.configuration = configuration
    }

    /// The secret key goes to this address: over TLS, or not beyond this machine.
    private static func isSafe(_ endpoint: String) -> Bool {
        func authority(after scheme: String) -> Substring? {
            guard endpoint.hasPrefix(scheme) else { return nil }
            let rest = endpoint.dropFirst(scheme.count)
            let isPlain = !rest.isEmpty && !rest.contains { "/?#@ \\".contains($0) }
            return isPlain ? rest : nil
        }
        if authority(after: "https://") != nil { return true }
        guard let local = authority(after: "http://") else { return false }
        let host =
            local.hasPrefix("[")
            ? local.prefix { $0 != "]" }.dropFirst() : local.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "::1"].contains(host)
    }
}

/// Where Stripe calls us, and how we know that it is Stripe.
package struct StripeWebhookSettings: Sendable {
    package let listen: ListenSettings
    package let secret: StripeSecret
    /// How far the time of a call may be from ours.
    package let tolerance: Duration

    /// - Returns: nil when there is no secret, or it is not wanted.
    init?(from reader: SettingsReader, isWanted: Bool) throws(ConfigurationError) {
        let host = reader.text("host", default: "127.0.0.1")
        let port = try reader.integer("port", default: 9001, in: 0...65_535)
        tolerance = try reader.duration(
            "tolerance", default: .seconds(300), in: .seconds(10)...(.seconds(3_600)))
        let secret = try StripeSecret(
            from: reader, "secret", prefixes: ["whsec_"], isWanted: isWanted)
        guard let secret else { return nil }
        self.secret = secret
        listen = ListenSettings(host: host, port: port)
    }

    package init(listen: ListenSettings, secret: StripeSecret, tolerance: Duration) {
        self.listen = listen
        self.secret = secret
        self.tolerance = tolerance
    }
}
