// SPDX-License-Identifier: MIT
package import Daemon
import Idempotency

/// The configuration of `ingestd`.
package struct IngestSettings: DaemonSettings {
    /// `http.host`, `http.port`: HTTP/1.1 for customers.
    package var http: ListenSettings
    /// `listen.host`, `listen.port`: the mesh protocol over TLS.
    package var mesh: ListenSettings
    package var tls: TLSSettings
    package var postgres: PostgresSettings
    package var broker: EndpointSettings
    package var limiter: EndpointSettings
    /// `broker.identity`, `limiter.identity`: the services that their certificates must name;
    /// `bridged` in the cloud.
    package var brokerIdentity: String
    package var limiterIdentity: String
    /// `batch.max`: orders stored in one transaction and published in one frame (1...4,096).
    package var batchCountMax: Int
    /// `waiting.max`: requests that may wait for a batch; one more is refused (1...1,000,000).
    package var waitingCountMax: Int
    /// `outbox.max`: orders accepted while the broker is away; beyond it they are refused
    /// (0...10,000,000).
    package var outboxCountMax: Int
    /// Where idempotency keys are kept.
    package enum Keys: Sendable {
        /// With the orders, in the database.
        case database
        /// `keys.host`, `keys.port`, `keys.identity`: with the mesh's key service.
        case service(EndpointSettings, identity: String)
    }

    package var keys: Keys
    /// `keys.lifetime`: how long an idempotency key is remembered (1s...365d).
    package var keyLifetime: Duration
    /// `keys.wait`: how long a request waits for the first one of its key, if that is under way at
    /// another daemon (0s...1m). As long as a hand-over may take, and a little more.
    package var keyPatience: Duration
    /// `http.idle`: an HTTP connection on which nothing happens is closed after it (1s...1h).
    package var idleLimit: Duration
    /// `http.request`: so long may a request take to arrive, from its first byte (1s...10m).
    package var requestLimit: Duration
    /// `http.unread`: what a client has not read of an answer by then ends the connection (1s...10m).
    package var unreadLimit: Duration
    /// `http.heartbeat`: so often a stream of events says that it goes on (1s...5m).
    package var heartbeat: Duration
    /// `watches.tenant`: how many may watch orders of one tenant (1...10,000).
    package var tenantWatcherCountMax: Int
    /// `http.tls`: HTTPS with the daemon's certificate; clients may show one of the mesh's.
    package var isHTTPSecure: Bool
    /// `http.anonymous`: whether requests without credentials are let in, for any tenant they name.
    package var isAnonymousAllowed: Bool

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        http = try ListenSettings(from: reader, scope: "http", defaultPort: 9000)
        mesh = try ListenSettings(from: reader, scope: "listen", defaultPort: 9100)
        tls = try TLSSettings(from: reader)
        postgres = try PostgresSettings(from: reader)
        broker = try EndpointSettings(from: reader, scope: "broker", defaultPort: 9101)
        limiter = try EndpointSettings(from: reader, scope: "limiter", defaultPort: 9102)
        brokerIdentity = reader.text("broker.identity", default: "brokerd")
        limiterIdentity = reader.text("limiter.identity", default: "ratelimitd")
        batchCountMax = try reader.integer("batch.max", default: 256, in: 1...4_096)
        waitingCountMax = try reader.integer("waiting.max", default: 8_192, in: 1...1_000_000)
        outboxCountMax = try reader.integer("outbox.max", default: 20_000, in: 0...10_000_000)
        keys = try Self.keys(from: reader)
        keyLifetime = try reader.duration(
            "keys.lifetime", default: KeyClaim.lifetime, in: .seconds(1)...(.seconds(365 * 86_400)))
        keyPatience = try reader.duration(
            "keys.wait", default: .seconds(6), in: .zero...(.seconds(60)))
        idleLimit = try reader.duration(
            "http.idle", default: .seconds(60), in: .seconds(1)...(.seconds(3_600)))
        requestLimit = try reader.duration(
            "http.request", default: .seconds(30), in: .seconds(1)...(.seconds(600)))
        unreadLimit = try reader.duration(
            "http.unread", default: .seconds(30), in: .seconds(1)...(.seconds(600)))
        heartbeat = try reader.duration(
            "http.heartbeat", default: .seconds(15), in: .seconds(1)...(.seconds(300)))
        tenantWatcherCountMax = try reader.integer(
            "watches.tenant", default: 1_000, in: 1...10_000)
        isHTTPSecure = try reader.flag("http.tls", default: false)
        isAnonymousAllowed = try reader.flag("http.anonymous", default: false)
    }

    /// The address decides: an ingestd moves its keys by being given one.
    private static func keys(from reader: SettingsReader) throws(ConfigurationError) -> Keys {
        let endpoint = try EndpointSettings(from: reader, scope: "keys", defaultPort: 9103)
        let identity = reader.text("keys.identity", default: "bridged")
        return reader.optionalText("keys.host") == nil
            ? .database : .service(endpoint, identity: identity)
    }
}
