// SPDX-License-Identifier: MIT

/// A body that does not hold what its opcode says; each names the field.
package enum WireError: Error, Equatable, Sendable {
    /// The bytes end within the field.
    case truncated(field: String)
    /// More bytes or elements than the field may have.
    case tooLong(field: String, count: Int, max: Int)
    /// Not UTF-8.
    case badText(field: String)
    /// No such value in the enumeration, or a bool that is neither 0 nor 1.
    case unknownValue(field: String, value: UInt8)
}

extension WireError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let field): "the body ends within \(field)"
        case .tooLong(let field, let count, let max): "\(field) has \(count), at most \(max)"
        case .badText(let field): "\(field) is not UTF-8"
        case .unknownValue(let field, let value): "\(field) has the unknown value \(value)"
        }
    }
}
