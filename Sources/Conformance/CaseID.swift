// SPDX-License-Identifier: MIT

/// The number of a case: `B-12.2` is the second about the rule `B-12`.
package struct CaseID: Hashable, Sendable {
    /// The page's letter, as rules have it: F, H, B, L, K or R.
    let page: Character
    let ruleNumber: Int
    let number: Int

    /// In the order in which the protocol is read.
    private static let pages: [Character] = ["F", "H", "B", "L", "K", "R"]

    /// Nil when the text is no number of a case.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 1, let page = parts[0].first,
            Self.pages.contains(page)
        else { return nil }
        let numbers = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 2, let rule = Int(numbers[0]), let number = Int(numbers[1]),
            rule > 0, number > 0
        else { return nil }
        self.page = page
        ruleNumber = rule
        self.number = number
    }

    /// The rule that the case is about: `B-12`.
    package var rule: String { "\(page)-\(ruleNumber)" }
}

extension CaseID: CustomStringConvertible {
    package var description: String { "\(rule).\(number)" }
}

extension CaseID: Comparable {
    package static func < (left: CaseID, right: CaseID) -> Bool { left.place < right.place }

    private var place: (Int, Int, Int) {
        (Self.pages.firstIndex(of: page) ?? 0, ruleNumber, number)
    }
}

extension CaseID: ExpressibleByStringLiteral {
    /// - Precondition: the text is the number of a case.
    package init(stringLiteral text: String) {
        guard let id = CaseID(text) else { preconditionFailure("no number of a case: \(text)") }
        self = id
    }
}
