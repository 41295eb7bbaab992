// SPDX-License-Identifier: MIT

// What the daemons of a run are told, beside what follows from its map.
extension ChaosMesh {
    /// Waits shorter than the longest stalls, so that answers come too late as well as never, and longer
    /// than localstripe, a single thread, takes for what it is asked at once: what it works on in vain
    /// after a time-out keeps it from the next question.
    static func stripeSettings(
        _ links: [ChaosLink: FaultyLink], webhookPort: Int
    ) -> [String: String] {
        [
            "MESH_PAYMENT_PROVIDER": ChaosProvider.stripe.rawValue,
            "MESH_STRIPE_ENDPOINT": "http://127.0.0.1:\(links[.paymentToStripe]?.port ?? 0)",
            "MESH_STRIPE_SECRET_KEY": StripeAccount.secretKey, "MESH_STRIPE_TIMEOUT": "8s",
            "MESH_STRIPE_CONCURRENCY": "8",
            "MESH_STRIPE_WEBHOOK_PORT": "\(webhookPort)",
            "MESH_STRIPE_WEBHOOK_SECRET": StripeAccount.webhookSecret,
        ]
    }

    static func settings(
        of daemon: MeshDaemon, _ layout: MeshLayout, _ links: [ChaosLink: FaultyLink],
        _ clocks: SteppedClocks?
    ) throws -> [String: String] {
        var settings = [
            "MESH_QUEUE_LEASE": lease, "MESH_QUEUE_BACKOFF_BASE": "100ms",
            "MESH_QUEUE_BACKOFF_MAX": "2s", "MESH_LOG_SEGMENT_BYTES": "\(1 << 20)",
            // Beside the ballast of a full disk, not among it.
            "MESH_DATA_DIR": layout.brokerLog + "/log",
        ]
        for upstream in ChaosLink.upstreams(of: daemon) {
            let port = links[ChaosLink(daemon, to: upstream)]?.port ?? 0
            switch upstream {
            case .broker: settings["MESH_BROKER_PORT"] = "\(port)"
            case .limiter: settings["MESH_LIMITER_PORT"] = "\(port)"
            case .database:
                settings["MESH_POSTGRES_CONNINFO"] =
                    "host=127.0.0.1 port=\(port) user=postgres dbname=postgres "
                    + "sslmode=disable gssencmode=disable"
            case .orders, .http, .receiver, .stripe, .webhooks: break
            }
        }
        if let clocks { settings.merge(try clocks.settings(of: daemon)) { $1 } }
        return settings
    }
}
