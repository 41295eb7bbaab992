// SPDX-License-Identifier: MIT

import Configuration
import Synchronization

/// Reads one daemon's configuration, checks every value as it is read, and remembers what was read.
///
/// Keys are dotted and lower camel case. A value that is absent takes its default; one that is
/// malformed or out of bounds is an error that names the key, never a silent default.
package struct SettingsReader: Sendable {
    /// The name of the program (`brokerd`), from which some defaults follow.
    package let daemon: String

    private let source: ConfigurationSource
    private let scope: String
    private let record: Record

    /// What `--print-config` shows.
    private final class Record: Sendable {
        let values = Mutex<[String: String]>([:])
    }

    package init(daemon: String, source: ConfigurationSource) {
        self.daemon = daemon
        self.source = source
        scope = ""
        record = Record()
    }

    private init(_ parent: SettingsReader, scope: String) {
        daemon = parent.daemon
        source = parent.source
        record = parent.record
        self.scope = scope
    }

    /// A reader whose keys all begin with `name` and a dot.
    package func scoped(_ name: String) -> SettingsReader {
        SettingsReader(self, scope: scope + name + ".")
    }

    /// The whole dotted name of `key`, for errors that a caller finds.
    package func fullKey(_ key: String) -> String { scope + key }

    /// The effective values so far, by key; secrets redacted.
    package var effective: [String: String] { record.values.withLock { $0 } }

    /// Throws when the file or a flag sets a key that nothing read. Call it last.
    package func refuseUnknownKeys() throws(ConfigurationError) {
        let unknown = source.checkedKeys.subtracting(effective.keys).sorted()
        guard let key = unknown.first else { return }
        throw ConfigurationError(.unknownKey, key: key, "is not a key of \(daemon)")
    }

    /// The text of `key`, or nil; recorded as its effective value, with `fallback` when unset.
    func raw(_ key: String, fallback: String?, isSecret: Bool = false) -> String? {
        let full = scope + key
        let text = source.reader.string(forKey: ConfigKey(full), isSecret: isSecret)
        let shown = isSecret && text != nil ? "<redacted>" : text ?? fallback ?? ""
        record.values.withLock { $0[full] = shown }
        return text
    }

    func missing(_ key: String) -> ConfigurationError {
        ConfigurationError(
            .missing, key: scope + key,
            "is required: set it in the file, by --set \(scope + key)=..., "
                + "or as \(Self.variable(scope + key))")
    }

    /// `postgres.connectionCount` becomes `MESH_POSTGRES_CONNECTION_COUNT`.
    static func variable(_ key: String) -> String {
        var name = "MESH_"
        for character in key {
            if character.isUppercase { name.append("_") }
            name.append(character == "." ? "_" : character.uppercased())
        }
        return name
    }
}
