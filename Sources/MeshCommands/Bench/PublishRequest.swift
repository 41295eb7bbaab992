// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// PUBLISH: messages that differ by their ids alone.
struct PublishRequest: BenchRequest {
    private var template: FrameTemplate
    private let idOffset: Int
    private let bodyOffset: Int
    private var number: UInt64 = 0

    private static let tenant = "bench"

    /// - Parameter run: the upper half of all ids; no other run may have the same.
    init(queue: String, bodyByteCount: Int, run: UInt64 = .random(in: 0 ... .max)) {
        let body = OrderBody.make(byteCount: bodyByteCount, number: run)
        template = FrameTemplate(
            Publish(
                queue: queue,
                message: Envelope(
                    id: UniqueID(high: run, low: 0), trace: .zero, group: .zero,
                    tenant: Self.tenant,
                    priority: .normal, notBeforeMilliseconds: 0, body: body)))
        // Behind the name and its length, and the structure's length.
        let envelopeOffset = 2 + queue.utf8.count + 4
        // Behind the id's upper half.
        idOffset = envelopeOffset + 8
        // Behind id, trace and group, the tenant and its length, priority, not_before_ms, and length.
        bodyOffset = envelopeOffset + 48 + 2 + Self.tenant.utf8.count + 1 + 8 + 4
    }

    /// Appends the next message, its body beginning with `stamp`.
    ///
    /// - Precondition: the body has at least 8 bytes.
    mutating func append(to buffer: inout ByteBuffer, correlation: UInt64, stamp: UInt64) {
        template.patch(stamp, at: bodyOffset)
        append(to: &buffer, correlation: correlation)
    }

    mutating func append(to buffer: inout ByteBuffer, correlation: UInt64) {
        number += 1
        template.patch(number, at: idOffset)
        template.append(to: &buffer, correlation: correlation)
    }

    func isSuccess(_ answer: FrameView) -> Bool { answer.opcode == Opcode.published.rawValue }
}
