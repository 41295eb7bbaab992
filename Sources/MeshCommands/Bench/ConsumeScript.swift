// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// Takes deliveries and acknowledges each of them.
struct ConsumeScript: BenchScript {
    /// What the latencies are.
    enum Measure {
        /// From SETTLE to SETTLED, for each message.
        case settlement
        /// From the time in the message's body, in nanoseconds of this machine's uptime, to DELIVER.
        case journey
    }

    /// How many settlements go into one SETTLE.
    enum Grouping {
        /// All that one DELIVER brought, as the stages do.
        case delivery
        case single
    }

    var sample: BenchSample?
    private let queue: String
    private let credit: UInt32
    private let measure: Measure
    private let grouping: Grouping
    private var correlation: UInt64 = 1
    private var begins: [UInt64: (at: NIODeadline, count: Int)] = [:]
    private let settled: (Int) -> Void

    /// Confirmed, and not given back as credit yet.
    private var returned: UInt32 = 0

    private static let subscription: UInt32 = 1
    /// Credit goes back in so many parts, not message by message.
    private static let creditPartCount: UInt32 = 8

    /// - Parameter settled: called with how many messages each SETTLED confirmed.
    init(
        queue: String, credit: Int, measure: Measure, grouping: Grouping = .delivery,
        settled: @escaping (Int) -> Void = { _ in }
    ) {
        self.queue = queue
        self.credit = UInt32(clamping: credit)
        self.measure = measure
        self.grouping = grouping
        self.settled = settled
    }

    mutating func start(at now: NIODeadline, into outbound: inout ByteBuffer) {
        let consume = Consume(queue: queue, subscription: Self.subscription, credit: credit)
        append(consume, to: &outbound)
    }

    mutating func receive(
        _ frame: FrameView, at now: NIODeadline, into outbound: inout ByteBuffer
    ) {
        switch Opcode(rawValue: frame.opcode) {
        case .deliver: delivered(DeliveryView.all(in: frame), at: now, into: &outbound)
        case .settled: confirmed(frame, at: now, into: &outbound)
        case .error: sample?.errorCount += 1
        default: break
        }
    }

    mutating func stop() {}

    private mutating func delivered(
        _ deliveries: [DeliveryView], at now: NIODeadline, into outbound: inout ByteBuffer
    ) {
        if measure == .journey { for delivery in deliveries { arrived(delivery, at: now) } }
        let settlements = deliveries.map {
            Settlement(
                sequence: $0.sequence, token: $0.token, verdict: .ack, retryAfterMilliseconds: 0,
                reason: "", outputs: [])
        }
        switch grouping {
        case .delivery: settle(settlements, at: now, into: &outbound)
        case .single:
            for settlement in settlements { settle([settlement], at: now, into: &outbound) }
        }
        if grouping == .delivery { giveCredit(deliveries.count, into: &outbound) }
    }

    private func giveCredit(_ count: Int, into outbound: inout ByteBuffer) {
        Frame.append(
            Credit(subscription: Self.subscription, credit: UInt32(count)),
            header: FrameHeader(opcode: Opcode.credit.rawValue, correlation: 0), to: &outbound)
    }

    private mutating func arrived(_ delivery: DeliveryView, at now: NIODeadline) {
        guard let stamp = delivery.stamp else { return }
        sample?.record((now - .uptimeNanoseconds(stamp)).nanoseconds / 1000)
    }

    private mutating func settle(
        _ settlements: [Settlement], at now: NIODeadline, into outbound: inout ByteBuffer
    ) {
        append(Settle(queue: queue, settlements: settlements), to: &outbound)
        begins[correlation] = (now, settlements.count)
    }

    private mutating func confirmed(
        _ frame: FrameView, at now: NIODeadline, into outbound: inout ByteBuffer
    ) {
        guard let begin = begins.removeValue(forKey: frame.correlation) else { return }
        // Not before, or more requests would be in flight than a session takes.
        if grouping == .single { returned += UInt32(begin.count) }
        if returned > 0, returned >= credit / Self.creditPartCount {
            giveCredit(Int(returned), into: &outbound)
            returned = 0
        }
        let refusedCount = Self.refusedCount(in: frame.body)
        sample?.errorCount += refusedCount
        let count = begin.count - refusedCount
        if measure == .settlement {
            let microseconds = (now - begin.at).nanoseconds / 1000
            for _ in 0..<count { sample?.record(microseconds) }
        }
        settled(count)
    }

    /// Each result is a length and, first in it, a code: 0 when it is done.
    private static func refusedCount(in body: UnsafeRawBufferPointer) -> Int {
        var refusedCount = 0
        var offset = 4
        while offset + 6 <= body.count {
            let length = body.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            let code = body.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self)
            if code != 0 { refusedCount += 1 }
            offset += 4 + Int(UInt32(littleEndian: length))
        }
        return refusedCount
    }

    private mutating func append(_ message: some WireMessage, to outbound: inout ByteBuffer) {
        correlation += 1
        let header = FrameHeader(
            opcode: type(of: message).opcode.rawValue, correlation: correlation)
        Frame.append(message, header: header, to: &outbound)
    }
}
