// SPDX-License-Identifier: MIT
import Foundation

/// The wall clocks of the daemons, each with a step of its own, by libfaketime: a library that is
/// loaded before the C library and reads the step from a file. Monotonic clocks stay what they are.
struct SteppedClocks: Sendable {
    private let library: String
    private let directory: String

    private static let libraries = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib64/faketime/libfaketimeMT.so.1",
    ]

    /// Nil when the library is not installed.
    init?(in runDirectory: String) throws {
        guard let found = Self.libraries.first(where: { access($0, R_OK) == 0 }) else { return nil }
        library = found
        directory = runDirectory + "/clocks"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    /// Sets the clock of `daemon` on, or back; 0 sets it right. Seen within a second.
    func set(_ daemon: MeshDaemon, seconds: Int) throws {
        let sign = seconds < 0 ? "" : "+"
        try Data("\(sign)\(seconds)\n".utf8).write(to: file(daemon), options: .atomic)
    }

    func settings(of daemon: MeshDaemon) throws -> [String: String] {
        try set(daemon, seconds: 0)
        return [
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file(daemon).path,
            "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        ]
    }

    private func file(_ daemon: MeshDaemon) -> URL {
        URL(filePath: directory).appending(path: daemon.rawValue)
    }
}
