// SPDX-License-Identifier: MIT

import Configuration

/// The places that a value comes from; a later one wins: what the program presumes, file, environment,
/// flag.
package struct ConfigurationSource: Sendable {
    let reader: ConfigReader
    /// The keys that were set in the file or by flag, where an unknown one is an error. The
    /// environment is shared with other programs, so that unknown variables in it are not.
    let checkedKeys: Set<String>

    /// - Parameters:
    ///   - presumed: values by dotted key, for where the program finds itself.
    ///   - file: values by dotted key.
    ///   - environment: variables; those named `MESH_...` count: `MESH_LISTEN_PORT` is `listen.port`.
    ///   - flags: values by dotted key.
    package init(
        presumed: [String: String] = [:],
        file: [String: String] = [:],
        environment: [String: String] = [:],
        flags: [String: String] = [:]
    ) {
        // An empty variable is what compose files make of one that is not set, and an empty text in
        // a file is what --print-config makes of it.
        let variables = EnvironmentVariablesProvider(
            environmentVariables: environment.filter { !$0.value.isEmpty })
        reader = ConfigReader(providers: [
            Self.provider("flags", flags),
            variables.prefixKeys(with: "mesh"),
            Self.provider("file", file), Self.provider("presumed", presumed),
        ])
        checkedKeys = Set(file.keys).union(flags.keys)
    }

    private static func provider(_ name: String, _ values: [String: String]) -> InMemoryProvider {
        var byKey: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, text) in values where !text.isEmpty {
            byKey[AbsoluteConfigKey(ConfigKey(key))] = ConfigValue(.string(text), isSecret: false)
        }
        return InMemoryProvider(name: name, values: byKey)
    }
}
