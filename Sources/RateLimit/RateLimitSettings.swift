// SPDX-License-Identifier: MIT
package import Daemon

/// The configuration of `ratelimitd`.
package struct RateLimitSettings: DaemonSettings {
    /// `listen.host`, `listen.port`: where takes come in.
    package var mesh: ListenSettings
    package var tls: TLSSettings
    package var postgres: PostgresSettings
    /// `refund.window`: the latest grants that can still be given back, over all tenants
    /// (1,024...16,777,216; some 200 bytes each).
    package var refundCountMax: Int
    /// `buckets.max`: tenants in memory; when all of them are in use, further ones are refused
    /// (1,024...16,777,216; some 300 bytes each).
    package var bucketCountMax: Int

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        mesh = try ListenSettings(from: reader, scope: "listen", defaultPort: 9102)
        tls = try TLSSettings(from: reader)
        postgres = try PostgresSettings(from: reader, defaultConnectionCountMax: 2)
        refundCountMax = try reader.integer(
            "refund.window", default: 262_144, in: 1_024...16_777_216)
        bucketCountMax = try reader.integer(
            "buckets.max", default: 1_048_576, in: 1_024...16_777_216)
    }
}
