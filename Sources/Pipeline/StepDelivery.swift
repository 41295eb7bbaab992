// SPDX-License-Identifier: MIT
package import Orders

/// A message on lease, as a queue hands it to a stage.
package struct StepDelivery: Sendable, Equatable {
    /// Its place in the queue, and the fencing token of this lease.
    package var sequence: UInt64
    package var token: UInt64
    /// From 1; `attemptsMax` is the last.
    package var attempt: UInt32
    package var attemptsMax: UInt32
    /// How long this consumer may keep it.
    package var lease: Duration
    package var id: MessageID
    package var trace: TraceID
    package var tenant: String
    package var body: [UInt8]
    /// Which of the queue's connections it came by; leases of earlier ones are over.
    package var connection: UInt64

    package init(
        sequence: UInt64, token: UInt64, attempt: UInt32, attemptsMax: UInt32, lease: Duration,
        id: MessageID, trace: TraceID, tenant: String, body: [UInt8], connection: UInt64 = 0
    ) {
        self.sequence = sequence
        self.token = token
        self.attempt = attempt
        self.attemptsMax = attemptsMax
        self.lease = lease
        self.id = id
        self.trace = trace
        self.tenant = tenant
        self.body = body
        self.connection = connection
    }

    /// Failing now means the dead letters.
    package var isLastAttempt: Bool { attempt >= attemptsMax }
}
