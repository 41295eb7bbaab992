// SPDX-License-Identifier: MIT
import Glibc
import Logging
package import PostgresStore
import Synchronization

/// A database of a test's own, with the schema of `docker/init.sql`, on a server of this process.
///
/// The server starts with the first test that asks and ends with the process, however that ends.
package struct PrivatePostgres: Sendable {
    package let pool: PostgresPool
    /// For further pools on the same database.
    package let connectionInfo: String

    private static let databaseCount = Atomic(0)

    /// - Parameter connectionCount: of the pool; connections are made when first needed.
    package static func make(connectionCount: Int = 4) throws -> PrivatePostgres {
        let cluster = try cluster.get()
        let name = "test_\(databaseCount.add(1, ordering: .relaxed).newValue)"
        try cluster.run(script: "CREATE DATABASE \(name) TEMPLATE schema_applied")
        let info = cluster.connectionInfo(database: name)
        let pool = PostgresPool(
            PostgresConfiguration(connectionInfo: info, connectionCount: connectionCount),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return PrivatePostgres(pool: pool, connectionInfo: info)
    }

    /// The text of `docker/init.sql`.
    package static func schema() throws(PostgresError) -> String {
        do throws(SourceTree.Missing) {
            return try SourceTree.text(of: "docker/init.sql")
        } catch {
            throw PostgresError(.unavailable, "no \(error.path) in the source tree")
        }
    }

    /// The one server of this process, with the database `schema_applied` to copy from.
    package static let cluster = Result { () throws(PostgresError) in
        var template = Array("/tmp/order-mesh-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw PostgresError(.unavailable, "no temporary directory: errno \(errno)")
        }
        let directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
        let cluster = try PrivateCluster.start(
            in: directory, durability: .forgetful, isTemporary: true)
        try cluster.run(script: "CREATE DATABASE schema_applied")
        try cluster.run(script: schema(), in: "schema_applied")
        return cluster
    }
}
