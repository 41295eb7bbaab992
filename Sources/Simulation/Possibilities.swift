// SPDX-License-Identifier: MIT

/// The states that a message may be in, as far as somebody outside can tell.
struct Possibilities: OptionSet, Hashable, CustomStringConvertible {
    let rawValue: UInt32

    static let absent = Possibilities(rawValue: 1)
    static let settled = Possibilities(rawValue: 2)
    static let dead = Possibilities(rawValue: 4)
    /// To be delivered, or being delivered, whatever the attempts.
    static let alive = Possibilities(rawValue: ~7)

    /// To be delivered after so many failed attempts.
    static func alive(after attemptCount: Int) -> Possibilities {
        Possibilities(rawValue: 8 << UInt32(attemptCount))
    }

    var isCertain: Bool { rawValue.nonzeroBitCount == 1 }

    /// Whether nothing but `other` is possible.
    func isOnly(_ other: Possibilities) -> Bool { !isEmpty && isSubset(of: other) }

    func allows(_ other: Possibilities) -> Bool { !isDisjoint(with: other) }

    var description: String {
        var words: [String] = []
        if contains(.absent) { words.append("absent") }
        if contains(.settled) { words.append("settled") }
        if contains(.dead) { words.append("dead") }
        for count in 0..<29 where contains(.alive(after: count)) {
            words.append("alive after \(count)")
        }
        return words.joined(separator: " or ")
    }
}
