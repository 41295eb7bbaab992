// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Sessions
import Wire

/// Requests that each kind of server knows, for cases about any server.
enum RequestSamples {
    /// What a client says first.
    static let hello = Hello.ours(named: "conformance")

    /// A request that the server answers without changing anything.
    static func harmless(_ role: ServerUnderTest.Role) -> any WireMessage {
        switch role {
        case .broker: QueueStats(queue: "")
        case .limiter: GetPlan(tenant: "conformance")
        }
    }

    /// The opcodes that a server of this kind must know, each with a body that is not empty.
    static func opcodes(_ role: ServerUnderTest.Role) -> [Opcode] {
        switch role {
        case .broker:
            [
                .publish, .publishBatch, .declare, .consume, .stopConsuming, .settle, .extend,
                .queueStats, .messageStatus, .deadLetters, .redrive, .watchDepth,
            ]
        case .limiter: [.take, .getPlan, .setPlan]
        }
    }

    /// Opcodes whose place is not taken.
    static let unknownOpcodes: [UInt16] = [0x0000, 0x00FF, 0x01FF, 0x7FFF, 0xFFFF]

    /// A readable request whose last byte is a bool.
    static func endingInBool(_ role: ServerUnderTest.Role) -> any WireMessage {
        switch role {
        case .broker:
            Declare(
                queue: "conformance", leaseMilliseconds: 1_000, attemptsMax: 1,
                backoffBaseMilliseconds: 0, backoffMaxMilliseconds: 0, depthMax: 1,
                byteDepthMax: 1, who: "", why: "", holdBehindDead: false)
        case .limiter:
            Take(takes: [TokenRequest(tenant: "conformance", cost: 0, key: .zero, hold: false)])
        }
    }

    /// A request with an enumeration, and how far before its end that stands.
    ///
    /// - Parameter subject: a queue, or a tenant.
    static func withEnumeration(
        _ role: ServerUnderTest.Role, subject: String
    ) -> (message: any WireMessage, fromEnd: Int) {
        switch role {
        case .broker:
            let message = Envelope(
                id: .zero, trace: .zero, group: .zero, tenant: "", priority: .normal,
                notBeforeMilliseconds: 0, body: ByteBuffer())
            // Behind it: not_before_ms (8), and the count of the body (4).
            return (Publish(queue: subject, message: message), 1 + 8 + 4)
        case .limiter:
            let plan = RatePlan(
                tenant: subject, ratePerSecond: 1, burst: 1, weight: 1, depthMax: 0,
                concurrency: 0, shadow: false, whenAway: .refuse)
            // Behind it: two empty texts.
            return (SetPlan(plan: plan, who: "", why: ""), 1 + 2 + 2)
        }
    }

    /// A request whose body begins with a string of bytes.
    static func beginning(
        with bytes: [UInt8], _ role: ServerUnderTest.Role
    ) -> (opcode: Opcode, body: ByteBuffer) {
        var body = ByteBuffer()
        body.writeInteger(UInt16(bytes.count), endianness: .little)
        body.writeBytes(bytes)
        switch role {
        case .broker: return (.queueStats, body)
        case .limiter: return (.getPlan, body)
        }
    }

    /// A request with a list of at most 4096 elements, of which nothing is there but the count.
    static func claiming(
        _ count: UInt32, _ role: ServerUnderTest.Role, subject: String
    ) -> (opcode: Opcode, body: ByteBuffer) {
        var body = ByteBuffer()
        switch role {
        case .broker:
            body.writeWireString(subject, max: WireLimits.queueNameByteCountMax)
            body.writeInteger(count, endianness: .little)
            return (.publishBatch, body)
        case .limiter:
            body.writeInteger(count, endianness: .little)
            return (.take, body)
        }
    }
}
