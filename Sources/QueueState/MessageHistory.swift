// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// What went wrong with a message so far, as records keep it: u8 whether it is dead; if so i64 at ·
/// text reason; u8 count · attempts.
struct MessageHistory: Equatable {
    var death: Death?
    var failures: [FailedAttempt]

    static let none = MessageHistory(death: nil, failures: [])

    init(death: Death?, failures: [FailedAttempt]) {
        self.death = death
        self.failures = failures
    }

    var journalByteCount: Int {
        let deathByteCount = death.map { 8 + RecordWriter.byteCount(of: $0.reason) } ?? 0
        return failures.reduce(2 + deathByteCount) { $0 + $1.journalByteCount }
    }

    func write(to writer: inout RecordWriter) {
        writer.write(UInt8(death == nil ? 0 : 1))
        if let death {
            writer.write(death.at.nanoseconds)
            writer.write(death.reason)
        }
        writer.write(UInt8(failures.count))
        for failure in failures { failure.write(to: &writer) }
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        if try reader.read(UInt8.self) != 0 {
            let at = MeshInstant(nanoseconds: try reader.read())
            death = Death(at: at, reason: try reader.readText())
        }
        failures = []
        for _ in 0..<(try reader.read(UInt8.self)) {
            failures.append(try FailedAttempt(from: &reader))
        }
    }
}
