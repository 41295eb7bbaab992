// SPDX-License-Identifier: MIT
import Foundation

/// What a figure was measured on; without it, a figure means nothing.
struct MachineFacts: Sendable {
    let cpu: String
    let coreCount: Int
    let kernel: String
    let fileSystem: String

    static let current = MachineFacts(directory: FileManager.default.temporaryDirectory.path)

    /// - Parameter directory: on the file system that matters.
    init(directory: String) {
        cpu = Self.cpuModel() ?? "unknown CPU"
        coreCount = ProcessInfo.processInfo.activeProcessorCount
        kernel = Self.firstLine(of: "/proc/sys/kernel/osrelease") ?? "unknown kernel"
        fileSystem = Self.fileSystem(of: directory) ?? "unknown file system"
    }

    var line: String { "\(cpu), \(coreCount) cores, Linux \(kernel), \(fileSystem)" }

    private static func cpuModel() -> String? {
        lines(of: "/proc/cpuinfo").first { $0.hasPrefix("model name") }
            .flatMap {
                $0.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
            }
    }

    /// The type of the mount with the longest path above `directory`.
    private static func fileSystem(of directory: String) -> String? {
        let mounts = lines(of: "/proc/mounts").map { $0.split(separator: " ") }
        return mounts.filter { $0.count > 2 && directory.hasPrefix($0[1]) }
            .max { $0[1].count < $1[1].count }.map { String($0[2]) }
    }

    private static func firstLine(of path: String) -> String? { lines(of: path).first }

    private static func lines(of path: String) -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
