// SPDX-License-Identifier: MIT

/// The rows that a statement returned, and how many it touched.
///
/// Copied out of libpq's memory into one buffer: rows may outlive the connection and cross threads.
package struct PostgresRows: Sendable {
    /// Rows returned by a query, or rows touched by an INSERT, UPDATE or DELETE.
    package let affectedCount: Int
    let columnTypes: [UInt32]
    /// Row by row, column by column: where the cell starts in `bytes`; length -1 is NULL.
    let cells: [Cell]
    let bytes: [UInt8]

    struct Cell: Sendable {
        let offset: Int32
        let length: Int32
    }

    static let none = PostgresRows(affectedCount: 0, columnTypes: [], cells: [], bytes: [])
}

extension PostgresRows: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { columnTypes.isEmpty ? 0 : cells.count / columnTypes.count }
    package subscript(index: Int) -> PostgresRow { PostgresRow(rows: self, index: index) }
}

/// One row; columns are read by position and type: `let id: UniqueID = try row[0]`.
package struct PostgresRow: Sendable {
    let rows: PostgresRows
    let index: Int

    /// - Throws: `undecodable` when the column does not exist, is NULL and `Value` is not optional,
    ///   or has another type.
    package subscript<Value: PostgresDecodable>(column: Int) -> Value {
        get throws(PostgresError) {
            guard rows.columnTypes.indices.contains(column) else {
                throw PostgresError(.undecodable, "the row has no column \(column)")
            }
            let cell = rows.cells[index * rows.columnTypes.count + column]
            let bytes =
                cell.length < 0
                ? nil : rows.bytes[Int(cell.offset)..<Int(cell.offset) + Int(cell.length)]
            let type = rows.columnTypes[column]
            guard let value = Value(postgres: bytes, type: type) else {
                throw PostgresError(
                    .undecodable,
                    "column \(column) of type \(type) does not read as \(Value.self)")
            }
            return value
        }
    }
}
