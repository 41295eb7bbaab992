// SPDX-License-Identifier: MIT
import Glibc
import Logging

/// One thread of a pool and its connection, made when first needed and again whenever it broke.
final class PostgresWorker {
    private let configuration: PostgresConfiguration
    private let logger: Logger
    private var connection: PostgresConnection?
    private var failedConnectCount = 0

    init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs jobs until the queue is closed and empty.
    func run(_ queue: PostgresJobQueue) {
        while let job = queue.next() {
            job.run(self)
        }
    }

    /// Runs `body` between BEGIN and COMMIT, again when that is safe and may help.
    func transaction<T>(
        _ opening: PostgresTransaction,
        until deadline: ContinuousClock.Instant,
        _ body: (PostgresSession) throws(PostgresError) -> T
    ) -> Result<T, PostgresError> {
        retrying(until: deadline) { connection throws(PostgresError) in
            try connection.run(script: opening.begin)
            let value: T
            do throws(PostgresError) {
                value = try body(PostgresSession(connection: connection))
                if connection.isTransactionFailed {
                    throw PostgresError(.rolledBack, "a failed statement was passed over")
                }
            } catch {
                self.rollBack(connection)
                throw error
            }
            try connection.commit()
            return value
        }
    }

    /// Runs one statement outside any transaction.
    func autocommit(
        _ statement: PostgresStatement, _ parameters: [PostgresValue],
        until deadline: ContinuousClock.Instant
    ) -> Result<PostgresRows, PostgresError> {
        retrying(until: deadline) { connection throws(PostgresError) in
            do throws(PostgresError) {
                return try connection.execute(statement, parameters)
            } catch {
                throw error.duringCommit
            }
        }
    }

    private func retrying<T>(
        until deadline: ContinuousClock.Instant,
        _ attempt: (PostgresConnection) throws(PostgresError) -> T
    ) -> Result<T, PostgresError> {
        var attemptCount = 0
        while true {
            attemptCount += 1
            do throws(PostgresError) {
                return .success(try attempt(connected(until: deadline)))
            } catch {
                guard error.isWorthAnotherAttempt, attemptCount < configuration.attemptsMax else {
                    return .failure(error)
                }
                logger.debug("transaction is run again", metadata: ["error": "\(error)"])
                pause(upTo: .milliseconds(1 << min(attemptCount, 8)))
            }
        }
    }

    private func rollBack(_ connection: PostgresConnection) {
        guard connection.isUsable else { return }
        do throws(PostgresError) {
            try connection.run(script: "ROLLBACK")
        } catch {
            // The server rolls back by itself when the connection goes.
            self.connection = nil
        }
    }

    /// The connection, made anew with growing pauses when the last one broke.
    private func connected(
        until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> PostgresConnection {
        if let connection, connection.isUsable { return connection }
        connection = nil
        while true {
            do throws(PostgresError) {
                let made = try PostgresConnection(configuration)
                failedConnectCount = 0
                connection = made
                return made
            } catch {
                failedConnectCount += 1
                let pauseMax = Duration.milliseconds(25 << min(failedConnectCount, 6))
                guard .now + pauseMax < deadline else { throw error }
                pause(upTo: pauseMax)
            }
        }
    }

    /// Full jitter, so that the threads of many daemons do not come back in step.
    private func pause(upTo limit: Duration) {
        let microseconds = UInt32.random(in: 0...UInt32(clamping: limit.milliseconds * 1000))
        usleep(microseconds)
    }
}
