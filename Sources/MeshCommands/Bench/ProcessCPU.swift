// SPDX-License-Identifier: MIT
import Foundation

/// The CPU time that a process has taken, all its threads together.
struct ProcessCPU {
    let pid: Int32

    /// User and system time so far; nil when there is no such process.
    ///
    /// - Parameter withEnded: that of its children which have ended besides.
    func time(withEnded: Bool = false) -> Duration? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else {
            return nil
        }
        // The name, in parentheses, may hold anything: fields count from behind it.
        let fields =
            String(decoding: data, as: UTF8.self)
            .split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 14 else { return nil }
        let ticks = fields[11...(withEnded ? 14 : 12)].compactMap { Int64($0) }.reduce(0, +)
        return .nanoseconds(ticks * 1_000_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
    }
}
