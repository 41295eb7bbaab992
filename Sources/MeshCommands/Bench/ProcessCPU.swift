// SPDX-License-Identifier: MIT
import Foundation

/// The CPU time that a process has taken, all its threads together.
struct ProcessCPU {
    let pid: Int32

    /// User and system time so far; nil when there is no such process.
    func time() -> Duration? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else {
            return nil
        }
        // The name, in parentheses, may hold anything: fields count from behind it.
        let fields =
            String(decoding: data, as: UTF8.self)
            .split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12])
        else { return nil }
        return .nanoseconds((user + system) * 1_000_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
    }
}
