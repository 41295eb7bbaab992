// SPDX-License-Identifier: MIT

extension TorturedDaemon {
    /// Segments so small that many are filled and freed between two kills.
    private static let brokerSettings = [
        "MESH_QUEUES": "\(TortureLoad.queue),\(TortureLoad.outputQueue)",
        "MESH_LOG_SEGMENT_BYTES": "\(1 << 20)", "MESH_LOG_MEMORY_BYTES": "\(1 << 20)",
        "MESH_DEDUPLICATION_COUNT": "4000000", "MESH_QUEUE_DEPTH": "10000000",
        "MESH_QUEUE_LEASE": "5s", "MESH_QUEUE_BACKOFF_BASE": "20ms",
        "MESH_QUEUE_BACKOFF_MAX": "200ms",
    ]

    /// A brokerd with an empty log.
    ///
    /// - Parameter data: where its log is; beside all else by default.
    static func broker(in parent: String?, data: String? = nil) async throws -> TorturedDaemon {
        var settings = brokerSettings
        settings["MESH_DATA_DIR"] = data
        return try await start("brokerd", in: parent, settings: settings)
    }
}
