// SPDX-License-Identifier: MIT

/// Where a daemon listens.
package struct ListenSettings: Sendable, Equatable {
    /// An address of this machine; `127.0.0.1` unless configured.
    package var host: String
    /// 0 stands for any free port; the one found is logged and written to the ports file.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `<scope>.host` and `<scope>.port`.
    package init(
        from reader: SettingsReader, scope: String, defaultPort: Int
    ) throws(ConfigurationError) {
        let scoped = reader.scoped(scope)
        host = scoped.text("host", default: "127.0.0.1")
        port = try scoped.integer("port", default: defaultPort, in: 0...65_535)
    }
}
