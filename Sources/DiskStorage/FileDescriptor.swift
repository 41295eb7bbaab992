// SPDX-License-Identifier: MIT
import Glibc
import SegmentLog

/// An open file of the operating system, closed when the object is gone.
final class FileDescriptor: Sendable {
    let number: Int32

    /// Takes over `number`; a negative one is thrown as `operation`'s error.
    init(
        _ number: Int32, _ operation: StorageError.Operation, file: String
    ) throws(StorageError) {
        guard number >= 0 else { throw StorageError(operation, file: file, number: errno) }
        self.number = number
    }

    deinit { close(number) }
}
