// SPDX-License-Identifier: MIT

/// How a daemon reaches PostgreSQL.
package struct PostgresSettings: Sendable, Equatable {
    /// A libpq connection string or URI. May hold a password, so it is never shown.
    package var conninfo: String
    /// Connections that the pool may open.
    package var connectionCountMax: Int

    package init(conninfo: String, connectionCountMax: Int) {
        self.conninfo = conninfo
        self.connectionCountMax = connectionCountMax
    }

    /// Reads `postgres.conninfo` (required, secret) and `postgres.connectionCountMax` (1...64).
    package init(
        from reader: SettingsReader, defaultConnectionCountMax: Int = 4
    ) throws(ConfigurationError) {
        let scoped = reader.scoped("postgres")
        conninfo = try scoped.secret("conninfo")
        connectionCountMax = try scoped.integer(
            "connectionCountMax", default: defaultConnectionCountMax, in: 1...64)
    }
}
