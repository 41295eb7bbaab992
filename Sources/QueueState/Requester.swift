// SPDX-License-Identifier: MIT
import SegmentLog

/// Who asks for something out of the ordinary, and why: kept in the log with what was done.
package struct Requester: Equatable, Sendable {
    package let who: String
    package let why: String

    package init(who: String, why: String) {
        self.who = who
        self.why = why
    }

    /// What a daemon does by its own configuration is nobody's act, and is not audited.
    static let nobody = Requester(who: "", why: "")
}

// MARK: - In records

extension Requester {
    var journalByteCount: Int {
        RecordWriter.byteCount(of: who) + RecordWriter.byteCount(of: why)
    }

    func write(to writer: inout RecordWriter) {
        writer.write(who)
        writer.write(why)
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        self.init(who: try reader.readText(), why: try reader.readText())
    }
}
