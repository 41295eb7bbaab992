// SPDX-License-Identifier: MIT

/// A table in plain text.
struct TextTable {
    /// Where the cells of all columns but the first stand; those of the first stand left.
    enum Alignment {
        case left
        case right
    }

    private let alignment: Alignment
    private var rows: [[String]]

    init(_ head: String..., alignment: Alignment = .right) {
        self.alignment = alignment
        rows = [head]
    }

    /// - Precondition: as many cells as the head has.
    mutating func add(_ cells: any CustomStringConvertible...) {
        precondition(cells.count == rows[0].count, "a row is as wide as the head")
        rows.append(cells.map(\.description))
    }

    /// Lines without a break at the end.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { line($0, widths) }.joined(separator: "\n")
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        row.indices.map { column in
            let isLast = column == row.count - 1
            let pad = String(repeating: " ", count: widths[column] - row[column].count)
            switch alignment {
            case .right where column > 0: return pad + row[column]
            case .left where isLast: return row[column]
            case .left, .right: return row[column] + pad
            }
        }.joined(separator: "  ")
    }
}
