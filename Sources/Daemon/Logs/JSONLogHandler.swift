// SPDX-License-Identifier: MIT

package import Logging
package import Orders

/// Writes each event as one JSON object a line: `ts`, `level`, `daemon`, `message`, then metadata.
///
/// Metadata stands beside the fixed fields, so that `jq 'select(.order == "...")'` works; a key
/// that is named like a fixed field gets the prefix `field_`.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let daemon: String
    private let clock: any MeshClock
    private let sink: @Sendable ([UInt8], Logger.Level) -> Void

    private static let fixedFields: Set = ["ts", "level", "daemon", "message"]

    /// - Parameters:
    ///   - daemon: the name of this instance.
    ///   - level: events below it are dropped.
    ///   - clock: gives `ts`.
    ///   - sink: takes one whole line with its line feed, and its level; called from any thread.
    package init(
        daemon: String,
        level: Logger.Level,
        clock: any MeshClock,
        sink: @escaping @Sendable ([UInt8], Logger.Level) -> Void
    ) {
        self.daemon = daemon
        self.logLevel = level
        self.clock = clock
        self.sink = sink
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = JSONLine()
        line.add("ts", TimestampText(clock.now()).description)
        line.add("level", event.level.rawValue)
        line.add("daemon", daemon)
        line.add("message", event.message.description)
        for (key, value) in fields(of: event).sorted(by: { $0.key < $1.key }) {
            line.add(Self.fixedFields.contains(key) ? "field_" + key : key, value)
        }
        sink(line.closed(), event.level)
    }

    /// Most lines have fields of their own only, and the merging is most of what a line costs.
    private func fields(of event: LogEvent) -> Logger.Metadata {
        var fields = event.metadata ?? [:]
        if let provided = metadataProvider?.get(), !provided.isEmpty {
            fields.merge(provided) { own, _ in own }
        }
        if !metadata.isEmpty { fields.merge(metadata) { own, _ in own } }
        if let error = event.error { fields[LogKey.error.rawValue] = "\(error)" }
        return fields
    }
}
