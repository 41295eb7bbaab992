// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// What a benchmark sends again and again.
protocol BenchRequest: SendableMetatype {
    /// Appends the next request's frame.
    mutating func append(to buffer: inout ByteBuffer, correlation: UInt64)

    /// Whether the answer is the one that was asked for.
    func isSuccess(_ answer: FrameView) -> Bool

    /// How many operations a request is.
    var operationCount: Int { get }

    /// Whether no more is to be sent, however many answers come.
    var isExhausted: Bool { get }

    /// Hears of each answer.
    ///
    /// - Parameter begun: when its request was sent, or was due.
    func answered(_ answer: FrameView, isSuccess: Bool, begun: NIODeadline)
}

extension BenchRequest {
    var operationCount: Int { 1 }
    var isExhausted: Bool { false }
    func answered(_ answer: FrameView, isSuccess: Bool, begun: NIODeadline) {}
}

/// TAKE: one token, of one tenant after the other.
struct TakeRequest: BenchRequest {
    private let templates: [FrameTemplate]
    private var number = 0

    init(tenantCount: Int) {
        templates = (0..<tenantCount).map { number in
            FrameTemplate(
                Take(takes: [
                    TokenRequest(tenant: "tenant-\(number)", cost: 1, key: .zero, hold: false)
                ]))
        }
    }

    mutating func append(to buffer: inout ByteBuffer, correlation: UInt64) {
        number = number + 1 == templates.count ? 0 : number + 1
        templates[number].append(to: &buffer, correlation: correlation)
    }

    func isSuccess(_ answer: FrameView) -> Bool {
        // The first field of the first decision, behind the counts of list and structure.
        answer.opcode == Opcode.taken.rawValue && answer.body.count > 8 && answer.body[8] == 1
    }
}
