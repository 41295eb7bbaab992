// SPDX-License-Identifier: MIT

import Logging

/// The keys that every daemon has.
struct RuntimeSettings: DaemonSettings {
    /// `admin.host`, `admin.port`: health and metrics, plain HTTP; keep it off public networks.
    let admin: ListenSettings
    /// `log.level`: trace, debug, info, notice, warning, error, critical.
    let logLevel: Logger.Level
    /// `drain.limit`: how long work in flight may take to finish after SIGTERM (1s...10m).
    let drainLimit: Duration
    /// `run.dir`: where the ports file is written; none by default.
    let runDirectory: String?

    init(from reader: SettingsReader) throws(ConfigurationError) {
        let port = Self.adminPorts[reader.daemon] ?? 0
        admin = try ListenSettings(from: reader, scope: "admin", defaultPort: port)
        logLevel = try reader.choice("log.level", default: Logger.Level.info)
        drainLimit = try reader.duration(
            "drain.limit", default: .seconds(20), in: .seconds(1)...(.seconds(600)))
        runDirectory = reader.optionalText("run.dir")
    }

    /// The table of `docs/OPERATING.md`.
    static let adminPorts = [
        "ingestd": 9200, "inventoryd": 9201, "paymentd": 9202, "fulfillmentd": 9203,
        "notificationd": 9204, "brokerd": 9205, "ratelimitd": 9206, "bridged": 9207,
    ]
}
