// SPDX-License-Identifier: MIT
package import Daemon
package import QueueState
package import SegmentLog

/// All that `brokerd` can be told.
package struct BrokerConfiguration: DaemonSettings {
    /// `listen.host`, `listen.port`.
    package var listen: ListenSettings
    /// `tls.dir`, `tls.name`.
    package var tls: TLSSettings
    /// `data.dir`: the log's directory; made if need be, and locked.
    package var dataDirectory: String
    /// `log.segmentBytes`: how much of the disk is taken at a time (1 MiB ... 512 MiB).
    package var geometry: LogGeometry
    /// `log.memoryBytes`: the newest part of the log that is kept in memory (1 MiB ... 16 GiB).
    package var recentByteCountMax: Int
    /// `deduplication.count`: ids remembered (1,000 ... 100 million); `log.snapshotSegments`: how
    /// many segments at most a start reads, unless a snapshot takes more (1 ... 1024);
    /// `log.livePercent`: when less of the log is alive, its oldest segments are rewritten (0 ... 90).
    package var limits: EngineLimits
    /// `queues`: declared at start, with the policy below.
    package var queues: [QueueName]
    /// `queue.lease`, `queue.attempts`, `queue.backoffBase`, `queue.backoffMax`, `queue.depth`,
    /// `queue.byteDepth`, `queue.holdBehindDead`.
    package var policy: QueuePolicy
    /// `retryQueue.lease` and so on: the same for `notification-retry`, which has more patience.
    package var retryPolicy: QueuePolicy

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        listen = try ListenSettings(from: reader, scope: "listen", defaultPort: 9101)
        tls = try TLSSettings(from: reader)
        dataDirectory = try reader.text("data.dir")
        let segment = try reader.integer(
            "log.segmentBytes", default: 64 << 20, in: 1 << 20...512 << 20)
        geometry = LogGeometry(segmentByteCount: segment & ~4095)
        recentByteCountMax = try reader.integer(
            "log.memoryBytes", default: 128 << 20, in: 1 << 20...16 << 30)
        let remembered = try reader.integer(
            "deduplication.count", default: 1 << 18, in: 1_000...100_000_000)
        limits = EngineLimits(
            recentCountMax: remembered,
            snapshotSegmentCount: try reader.integer(
                "log.snapshotSegments", default: 8, in: 1...1024),
            livePercentMin: try reader.integer("log.livePercent", default: 50, in: 0...90))
        queues = try Self.queues(from: reader)
        policy = try Self.policy(from: reader, scope: "queue", default: QueuePolicy())
        retryPolicy = try Self.policy(from: reader, scope: "retryQueue", default: .patient)
    }

    private static func queues(
        from reader: SettingsReader
    ) throws(ConfigurationError) -> [QueueName] {
        let names = reader.list(
            "queues",
            default: [
                "inventory", "payment", "fulfillment", "notification", Self.retryQueue.text,
            ])
        var queues: [QueueName] = []
        for name in names {
            guard let queue = QueueName(name) else {
                throw ConfigurationError(
                    .malformed, key: "queues", "'\(name)' is not 1 to 64 of a-z 0-9 . _ -")
            }
            queues.append(queue)
        }
        return queues
    }

    /// Where what was not told at once waits.
    static let retryQueue = QueueName(unchecked: "notification-retry")

    private static func policy(
        from reader: SettingsReader, scope: String, default fallback: QueuePolicy
    ) throws(ConfigurationError) -> QueuePolicy {
        let queue = reader.scoped(scope)
        let policy = QueuePolicy(
            leaseDuration: try queue.duration(
                "lease", default: fallback.leaseDuration,
                in: .milliseconds(10)...(.seconds(43_200))),
            attemptsMax: UInt8(
                try queue.integer(
                    "attempts", default: Int(fallback.attemptsMax),
                    in: 1...Int(QueuePolicy.attemptsMaxMax))),
            backoffBase: try queue.duration(
                "backoffBase", default: fallback.backoffBase, in: .zero...(.seconds(3600))),
            backoffMax: try queue.duration(
                "backoffMax", default: fallback.backoffMax, in: .zero...(.seconds(86_400))),
            depthMax: UInt64(
                try queue.integer(
                    "depth", default: Int(fallback.depthMax), in: 1...1_000_000_000)),
            byteDepthMax: UInt64(
                try queue.integer(
                    "byteDepth", default: Int(fallback.byteDepthMax), in: 1...1 << 42)),
            // What follows of an order must not overtake the step that a person has to look at.
            holdsBehindDead: try queue.flag("holdBehindDead", default: true))
        if let objection = policy.objection {
            throw ConfigurationError(.outOfBounds, key: scope, objection)
        }
        return policy
    }
}
