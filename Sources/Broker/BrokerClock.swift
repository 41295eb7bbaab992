// SPDX-License-Identifier: MIT
import Daemon
import Foundation
import Orders

/// The clock that leases, retries and delays go by, kept steady from one run to the next: a step of
/// the wall clock neither ends leases early nor keeps messages back.
enum BrokerClock {
    /// Beside the log. Lost with the machine's boot, and then of no use: so nothing waits for the disk.
    static let fileName = "clock"

    /// The clock of the run before in this boot of the machine; else one that begins at `wall`.
    static func resumed(in directory: String, wall: MeshInstant) throws -> SteadyClock {
        let file = URL(filePath: directory).appending(path: fileName)
        let known = origin(try? Data(contentsOf: file))
        let clock = SteadyClock(wall: wall, resuming: known)
        let own = SteadyClock.Origin(boot: SteadyClock.currentBoot, offset: clock.offset)
        // Written once a boot: a disk that is full meanwhile changes nothing.
        if known != own {
            let line = "\(own.boot) \(own.offset)\n"
            try Data(line.utf8).write(to: file, options: .atomic)
        }
        return clock
    }

    /// What the file says; nil when it says nothing that can be used, as when there is none.
    static func origin(_ bytes: Data?) -> SteadyClock.Origin? {
        let words = String(decoding: bytes ?? Data(), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let offset = Int64(words[1]) else { return nil }
        return SteadyClock.Origin(boot: String(words[0]), offset: offset)
    }
}
