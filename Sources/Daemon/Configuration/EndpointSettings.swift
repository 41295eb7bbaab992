// SPDX-License-Identifier: MIT

/// Where another daemon is found.
package struct EndpointSettings: Sendable, Equatable {
    package var host: String
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
        port = try scoped.integer("port", default: defaultPort, in: 1...65_535)
    }
}
