// SPDX-License-Identifier: MIT

/// What the operating system refused: the operation, the file, and its `errno`.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The operation that failed.
    package enum Operation: String, Sendable {
        case list, open, create, read, write, synchronize, truncate, rename, remove, lock
    }

    package let operation: Operation
    package let file: String
    /// As `errno` had it.
    package let number: Int32

    package init(_ operation: Operation, file: String, number: Int32) {
        self.operation = operation
        self.file = file
        self.number = number
    }

    /// No space left on the device, or the quota used up: the one error that waiting can mend.
    package var isOutOfSpace: Bool { number == 28 || number == 122 }

    package var description: String {
        operation == .lock && number == 11
            ? "another process holds \(file)" : "\(operation.rawValue) \(file): errno \(number)"
    }
}
