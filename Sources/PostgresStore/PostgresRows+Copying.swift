// SPDX-License-Identifier: MIT
import CPostgres

extension PostgresRows {
    /// Copies what libpq holds in `result`, which stays the caller's.
    init(copying result: OpaquePointer) {
        let rowCount = PQntuples(result)
        let columnCount = PQnfields(result)
        var cells: [Cell] = []
        var bytes: [UInt8] = []
        cells.reserveCapacity(Int(rowCount * columnCount))
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                guard PQgetisnull(result, row, column) == 0,
                    let start = PQgetvalue(result, row, column)
                else {
                    cells.append(Cell(offset: Int32(bytes.count), length: -1))
                    continue
                }
                let length = PQgetlength(result, row, column)
                cells.append(Cell(offset: Int32(bytes.count), length: length))
                bytes.append(
                    contentsOf: UnsafeRawBufferPointer(start: start, count: Int(length)))
            }
        }
        let touched = PQcmdTuples(result).flatMap { Int(String(cString: $0)) }
        self.init(
            affectedCount: touched ?? Int(rowCount),
            columnTypes: (0..<columnCount).map { PQftype(result, $0) },
            cells: cells,
            bytes: bytes)
    }
}
