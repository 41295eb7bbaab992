// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// A message with an id of its own.
func envelope(_ text: String, priority: Priority = .normal) -> Envelope {
    Envelope(
        id: UniqueID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max)),
        trace: UniqueID(high: 1, low: 2), group: .zero, tenant: "acme", priority: priority,
        notBeforeMilliseconds: 0, body: ByteBuffer(string: text))
}

/// The end of a delivery; a retry comes back as soon as SQS can bring it.
func settlement(
    _ delivery: Delivery, _ verdict: Verdict, reason: String = "", outputs: [Output] = []
) -> Settlement {
    Settlement(
        sequence: delivery.sequence, token: delivery.token, verdict: verdict,
        retryAfterMilliseconds: verdict == .retry ? 1 : 0, reason: reason, outputs: outputs)
}
