// SPDX-License-Identifier: MIT
import Glibc
import Logging

/// What a listener hears.
package enum PostgresNotification: Sendable, Equatable {
    /// Listening has begun, for the first time or again: anything may have been missed before.
    case listening
    /// The payload of one NOTIFY.
    case payload(String)
}

extension PostgresPool {
    /// The notifications on `channel`, over a connection and a thread of its own.
    ///
    /// Reconnects by itself; `.listening` after each connect tells the reader to look at everything.
    /// Ends when the reader stops. At most 1,000 notifications wait; older ones are dropped, and
    /// since the newest stay, a reader that reloads on any of them misses nothing.
    package func listen(_ channel: String) -> AsyncStream<PostgresNotification> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: PostgresNotification.self, bufferingPolicy: .bufferingNewest(1000))
        let listener = PostgresListener(
            channel: channel, configuration: configuration, logger: logger,
            continuation: continuation)
        if !BlockingThread.start(named: "pg-listen", { listener.run() }) { continuation.finish() }
        return stream
    }
}

/// The thread behind `listen`.
struct PostgresListener: Sendable {
    let channel: String
    let configuration: PostgresConfiguration
    let logger: Logger
    let continuation: AsyncStream<PostgresNotification>.Continuation

    /// How long one wait lasts before the reader is checked for; and the longest pause.
    private static let waitMilliseconds: Int32 = 250

    func run() {
        let isOver = OverFlag()
        continuation.onTermination = { _ in isOver.raise() }
        while !isOver.isRaised {
            do throws(PostgresError) {
                try hear(until: isOver)
            } catch {
                logger.debug("listening is begun again", metadata: ["error": "\(error)"])
                usleep(UInt32(Self.waitMilliseconds) * UInt32.random(in: 200...1000))
            }
        }
    }

    private func hear(until isOver: OverFlag) throws(PostgresError) {
        let connection = try PostgresConnection(configuration)
        let quoted = channel.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"")
        try connection.run(script: "LISTEN \"\(quoted)\"")
        continuation.yield(.listening)
        while !isOver.isRaised {
            var descriptor = pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, Self.waitMilliseconds) > 0 else { continue }
            for payload in try connection.takeNotifications() {
                continuation.yield(.payload(payload))
            }
        }
    }
}
