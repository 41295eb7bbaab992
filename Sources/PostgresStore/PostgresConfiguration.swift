// SPDX-License-Identifier: MIT

/// How a pool reaches PostgreSQL and how long it is patient.
package struct PostgresConfiguration: Sendable {
    /// A libpq connection string: `host=/run/postgresql dbname=orders`, or a `postgresql://` URI.
    package var connectionInfo: String
    /// Connections, and so threads; each carries one transaction at a time. 1...64.
    package var connectionCount: Int
    /// Shown in `pg_stat_activity`.
    package var applicationName: String
    /// The server ends a statement that runs longer; the client gives up soon after.
    package var statementTimeout: Duration
    /// The server ends a wait for one row or table lock that lasts longer.
    package var lockTimeout: Duration
    /// How long one job may wait for a connection to exist before it fails as `unavailable`.
    package var connectPatience: Duration
    /// Attempts at one transaction that meets serialization failures, deadlocks or lost connections.
    package var attemptsMax: Int
    /// Jobs that may wait for a free connection; one more is refused as `unavailable`.
    package var waitingJobsMax: Int
    /// Whether a statement may read a whole table where an index would serve. False for those who reach
    /// rows by their keys only: a prepared plan is kept, and one that was made while a table was empty
    /// reads all of it for as long as nobody has gathered statistics.
    package var scansTables: Bool

    package init(
        connectionInfo: String,
        connectionCount: Int = 4,
        applicationName: String = "order-mesh",
        statementTimeout: Duration = .seconds(10),
        lockTimeout: Duration = .seconds(5),
        connectPatience: Duration = .seconds(2),
        attemptsMax: Int = 6,
        waitingJobsMax: Int = 10_000,
        scansTables: Bool = true
    ) {
        precondition((1...64).contains(connectionCount), "a pool has 1 to 64 connections")
        precondition(attemptsMax > 0, "a transaction is tried at least once")
        self.connectionInfo = connectionInfo
        self.connectionCount = connectionCount
        self.applicationName = applicationName
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.connectPatience = connectPatience
        self.attemptsMax = attemptsMax
        self.waitingJobsMax = waitingJobsMax
        self.scansTables = scansTables
    }

    /// The most that a client waits for one answer: the server's own limit plus its way back.
    var answerTimeout: Duration { statementTimeout + .seconds(2) }
}
