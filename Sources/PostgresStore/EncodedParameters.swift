// SPDX-License-Identifier: MIT
import CPostgres

/// The parameters of one statement in binary, in one buffer, ready for libpq.
struct EncodedParameters {
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []

    init(_ values: [PostgresValue], types: [PostgresType]) throws(PostgresError) {
        guard values.count == types.count else {
            throw PostgresError(
                .invalidParameter, "\(values.count) parameters for \(types.count) places")
        }
        for (value, type) in zip(values, types) {
            let start = bytes.count
            let isPresent = try value.encode(as: type, into: &bytes)
            offsets.append(isPresent ? start : nil)
            lengths.append(Int32(bytes.count - start))
        }
        // So that the address of an empty last parameter lies within the buffer.
        bytes.append(0)
    }

    /// Hands the statement to libpq, which copies the parameters; 1 when it took them.
    func send(_ handle: OpaquePointer, _ name: String) -> Int32 {
        let formats = [Int32](repeating: 1, count: offsets.count)
        return bytes.withUnsafeBytes { buffer in
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            let values = offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } }
            return PQsendQueryPrepared(
                handle, name, Int32(offsets.count), values, lengths, formats, 1)
        }
    }
}
