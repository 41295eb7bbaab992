// SPDX-License-Identifier: MIT
import Foundation

/// Why a daemon ended, as it said itself.
struct LastWords {
    private static let byteCountMax = 8 << 10

    /// The error of the last line of a log, else its message, else the line; nil when there is none.
    static func of(logFile path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        do {
            let end = try file.seekToEnd()
            try file.seek(toOffset: end > byteCountMax ? end - UInt64(byteCountMax) : 0)
            return of(String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self))
        } catch {
            return "its log cannot be read: \(ErrorText.of(error))"
        }
    }

    static func of(_ log: String) -> String? {
        guard let line = log.split(separator: "\n").last else { return nil }
        struct Entry: Decodable {
            let message: String
            let error: String?
        }
        // A crash ends in a line that is no JSON: then the line itself is what was said.
        guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)) else {
            return String(line)
        }
        return entry.error ?? entry.message
    }
}
