// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// PUBLISH_BATCH: so many messages in a frame, which differ by their ids alone.
struct PublishBatchRequest: BenchRequest {
    let operationCount: Int
    private var template: FrameTemplate
    private let idOffsets: [Int]
    private var number: UInt64 = 0

    private static let tenant = "bench"

    /// - Parameter run: the upper half of all ids; no other run may have the same.
    init(
        queue: String, bodyByteCount: Int, count: Int, run: UInt64 = .random(in: 0 ... .max)
    ) {
        operationCount = count
        let messages = (0..<count).map { index in
            Envelope(
                id: UniqueID(high: run, low: UInt64(index)), trace: .zero, group: .zero,
                tenant: Self.tenant, priority: .normal, notBeforeMilliseconds: 0,
                body: OrderBody.make(byteCount: bodyByteCount, number: run &+ UInt64(index)))
        }
        template = FrameTemplate(PublishBatch(queue: queue, messages: messages))
        // Of id, trace and group, tenant, priority, not_before_ms and body.
        let envelopeByteCount = 48 + 2 + Self.tenant.utf8.count + 1 + 8 + 4 + bodyByteCount
        // Behind the name, the count, the structure's length and the id's upper half.
        let first = 2 + queue.utf8.count + 4 + 4 + 8
        idOffsets = (0..<count).map { first + $0 * (4 + envelopeByteCount) }
    }

    mutating func append(to buffer: inout ByteBuffer, correlation: UInt64) {
        template.patch(from: number + 1, at: idOffsets)
        number += UInt64(operationCount)
        template.append(to: &buffer, correlation: correlation)
    }

    func isSuccess(_ answer: FrameView) -> Bool { answer.opcode == Opcode.publishedBatch.rawValue }
}
