// SPDX-License-Identifier: MIT
import Orders
import SegmentLog

/// When each of the messages redriven together may be delivered.
struct RedriveSchedule: Equatable {
    /// The epoch for at once.
    let first: MeshInstant
    let intervalNanoseconds: Int64

    func due(_ place: Int) -> MeshInstant {
        first + .nanoseconds(intervalNanoseconds * Int64(place))
    }

    func write(to writer: inout RecordWriter) {
        writer.write(first.nanoseconds)
        writer.write(intervalNanoseconds)
    }

    init(first: MeshInstant, intervalNanoseconds: Int64) {
        self.first = first
        self.intervalNanoseconds = intervalNanoseconds
    }

    init(from reader: inout RecordReader) throws(RecordReader.Truncated) {
        first = MeshInstant(nanoseconds: try reader.read())
        intervalNanoseconds = try reader.read()
    }
}
