// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Saga
import Sessions
package import Wire

// How steps and their settlements look in the protocol.

extension StepDelivery {
    /// - Parameter connection: which of the queue's connections brought it.
    package init(_ delivery: Delivery, connection: UInt64) {
        self.init(
            sequence: delivery.sequence, token: delivery.token, attempt: delivery.attempt,
            attemptsMax: delivery.attemptsMax,
            lease: .milliseconds(Int64(delivery.leaseMilliseconds)),
            id: MessageID(delivery.message.id), trace: TraceID(delivery.message.trace),
            tenant: delivery.message.tenant, body: Array(delivery.message.body.readableBytesView),
            connection: connection)
    }
}

extension Settlement {
    package init(_ settlement: StepSettlement) {
        let verdict: Verdict
        var reason = ""
        var retryAfter: Duration?
        switch settlement.verdict {
        case .acknowledge: verdict = .ack
        case .release: verdict = .release
        case .dead(let why): (verdict, reason) = (.dead, why)
        case .retry(let why, let after): (verdict, reason, retryAfter) = (.retry, why, after)
        }
        self.init(
            sequence: settlement.delivery.sequence, token: settlement.delivery.token,
            verdict: verdict, retryAfterMilliseconds: retryAfter?.wireMilliseconds ?? 0,
            reason: String(reason.prefix(Self.reasonCharacterCountMax)),
            outputs: settlement.outputs.map { output in
                Output(
                    queue: output.queue.rawValue, message: Envelope(output),
                    delayMilliseconds: output.delay.wireMilliseconds)
            })
    }

    /// Long errors are cut: a reason is kept with every dead letter.
    private static let reasonCharacterCountMax = 500
}

extension Envelope {
    package init(_ output: StepSettlement.Output) {
        // Recipients of one order are told each by himself: none waits for another.
        self.init(
            id: output.id.value, trace: output.trace.value,
            group: output.queue == .notificationRetry ? .zero : output.order.value,
            tenant: output.tenant, priority: output.isNeverRefused ? .compensation : .normal,
            notBeforeMilliseconds: 0,
            body: ByteBuffer(bytes: output.body))
    }
}

extension SettleAnswer {
    package init(_ result: SettleResult) {
        guard result.code != 0 else {
            self = .settled
            return
        }
        let retryAfter: Duration? =
            result.retryAfterMilliseconds == 0
            ? nil : .milliseconds(Int64(result.retryAfterMilliseconds))
        let code = WireErrorCode(rawValue: result.code) ?? .failed
        self.init(
            CallError(
                code, effect: result.effect, retryAfter: retryAfter, message: result.message,
                pressure: result.pressure))
    }

    init(_ error: CallError) {
        let reason = "\(error)"
        switch (error.effect, error.code) {
        case (_, .staleLease):
            self = .stale
        case (.maybeApplied, _):
            self = .ambiguous(reason: reason)
        case (.notApplied, .notConnected), (.notApplied, .draining), (.notApplied, .unavailable),
            (.notApplied, .tooManyInFlight), (.notApplied, .deadlineExceeded),
            (.notApplied, .cancelled), (.notApplied, .storageFailed), (.notApplied, .failed):
            self = .unreachable(reason: reason)
        case (.notApplied, _):
            self = .refused(reason: reason, retryAfter: error.retryAfter)
        }
    }
}
