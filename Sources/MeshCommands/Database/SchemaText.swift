// SPDX-License-Identifier: MIT

/// `docker/init.sql`, carried within the program.
enum SchemaText {
    static var sql: String { String(decoding: PackageResources.init_sql, as: UTF8.self) }
}
