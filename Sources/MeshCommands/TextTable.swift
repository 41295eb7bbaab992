// SPDX-License-Identifier: MIT

/// A table in plain text: the first column to the left, the others to the right.
struct TextTable {
    private var rows: [[String]]

    init(_ head: String...) { rows = [head] }

    /// - Precondition: as many cells as the head has.
    mutating func add(_ cells: any CustomStringConvertible...) {
        precondition(cells.count == rows[0].count, "a row is as wide as the head")
        rows.append(cells.map(\.description))
    }

    /// Lines without a break at the end.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let pad = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + pad : pad + cell.0
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
