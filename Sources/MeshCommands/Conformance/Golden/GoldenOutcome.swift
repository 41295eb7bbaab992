// SPDX-License-Identifier: MIT

/// What became of an instruction: one line of JSON on the driver's standard output.
struct GoldenOutcome: Codable, Sendable {
    enum Kind: String, Codable, Sendable {
        case answered
        case refused
        /// The client has no such thing: the case is skipped.
        case unsupported
    }

    let outcome: Kind
    /// Of what was answered, in the order of the instruction.
    var results: [[String: GoldenScalar]]?
    /// Of what was refused: the name in the registry, or whatever the client calls it.
    var error: String?
    var effect: String?
    var retryAfterMilliseconds: Int?
    /// Why it is unsupported, or more about the refusal; for people.
    var message: String?

    enum CodingKeys: String, CodingKey {
        case outcome, results, error, effect, message
        case retryAfterMilliseconds = "retry_after_ms"
    }
}

/// One value of a result.
enum GoldenScalar: Codable, Sendable, Equatable, CustomStringConvertible {
    case flag(Bool)
    case number(Int64)
    case text(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }

    var description: String {
        switch self {
        case .flag(let flag): "\(flag)"
        case .number(let number): "\(number)"
        case .text(let text): "\"\(text)\""
        }
    }
}

extension GoldenScalar: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral
{
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(integerLiteral value: Int64) { self = .number(value) }
    init(stringLiteral value: String) { self = .text(value) }
}
