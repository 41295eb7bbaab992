// SPDX-License-Identifier: MIT
import Foundation

/// The memory that a process holds.
struct ProcessMemory {
    let pid: Int32

    /// What of it is in RAM, in MiB; nil when there is no such process.
    var residentMebibytes: Double? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/status"),
            let line = String(decoding: data, as: UTF8.self).split(separator: "\n")
                .first(where: { $0.hasPrefix("VmRSS:") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first,
            let count = Double(kibibytes)
        else { return nil }
        return (count / 1024 * 10).rounded() / 10
    }
}
