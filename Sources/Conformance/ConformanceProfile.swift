// SPDX-License-Identifier: MIT

/// A kind of server, with what it is known not to meet.
package struct ConformanceProfile: Sendable {
    package let differences: [CaseID: KnownDifference]

    /// A server that meets everything.
    package static let strict = ConformanceProfile(differences: [:])

    /// The bridge onto SQS and DynamoDB: what `protocol/bridge.md` lists.
    package static let bridge = ConformanceProfile(
        page: String(decoding: PackageResources.bridge_md, as: UTF8.self))

    init(differences: [CaseID: KnownDifference]) { self.differences = differences }

    /// Reads the table of a page whose first column names cases: `| B-2.2 | seen | reason |`.
    package init(page: String) {
        var differences: [CaseID: KnownDifference] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.dropFirst().split(separator: "|").map { cell in
                String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard cells.count == 3, let id = CaseID(cells[0]) else { continue }
            let seen = cells[1].filter { $0 != "`" }
            differences[id] = KnownDifference(id: id, seen: seen, reason: cells[2])
        }
        self.differences = differences
    }

    /// What an outcome counts as here.
    func judge(_ outcome: CaseResult.Outcome, of id: CaseID) -> CaseResult.Outcome {
        differences[id]?.judge(outcome) ?? outcome
    }
}
