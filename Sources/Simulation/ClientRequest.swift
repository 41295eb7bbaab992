// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Sessions
import Wire

/// A message as a client offers it. All that it holds follows from these fields.
struct Offer {
    let id: UniqueID
    let byteCount: Int
    var isUrgent = false
    var notBefore = MeshInstant.epoch
    /// As an output: how long the broker keeps it back.
    var delay = Duration.zero
    /// Delivered in order among those of the same one; zero for none.
    var group = UniqueID.zero

    /// What a record holds beside the body, at most.
    static let overheadMax = 200

    /// What the body of the message of that id and length is.
    static func body(_ id: UniqueID, byteCount: Int) -> ByteBuffer {
        ByteBuffer(repeating: UInt8(truncatingIfNeeded: id.low), count: byteCount)
    }

    static let tenantCount = 3

    static func tenant(_ number: Int) -> String { "tenant-\(number)" }

    /// Whether it is in line as soon as it is stored.
    var isAtOnce: Bool { notBefore == .epoch && delay == .zero }

    /// A group is one tenant's.
    var tenant: Int {
        Int((group == .zero ? id.low : group.low) % UInt64(Self.tenantCount))
    }

    /// What the byte limit of a queue counts.
    var envelopeByteCount: Int { Self.headByteCount + byteCount }

    /// Of an envelope without a body.
    private static let headByteCount: Int = {
        var buffer = ByteBuffer()
        Offer(id: .zero, byteCount: 0).envelope.write(to: &buffer)
        return buffer.readableBytes
    }()

    var envelope: Envelope {
        Envelope(
            id: id, trace: id, group: group, tenant: Self.tenant(tenant),
            priority: isUrgent ? .compensation : .normal,
            notBeforeMilliseconds: notBefore.milliseconds,
            body: Self.body(id, byteCount: byteCount))
    }
}

/// One settlement as a client hands it in.
struct SettlementAsk {
    let sequence: UInt64
    let token: UInt64
    let verdict: Verdict
    var retryAfter = Duration.zero
    var outputs: [(queue: Int, offer: Offer)] = []
}

/// What a client asks of the broker.
enum ClientRequest {
    case hello(name: String)
    case publish(queue: Int, [Offer], isBatch: Bool)
    case consume(queue: Int, subscription: UInt32, credit: UInt32)
    case credit(subscription: UInt32, UInt32)
    case stop(subscription: UInt32)
    case settle(queue: Int, [SettlementAsk])
    case extend(queue: Int, sequence: UInt64, token: UInt64, Duration)
    /// At so many messages a second; 0 for all at once.
    case redrive(queue: Int, [UInt64], rate: UInt32)
    case purge(queue: Int, dead: Bool)
    /// By tenant.
    case setWeights([Int: UInt32])
    case audit
    case standings(queue: Int, [UniqueID])
    case deadLetters(queue: Int, after: UInt64)
    case pause(queue: Int)
    case resume(queue: Int)
    case ping

    /// One-way requests have no answer.
    var isAnswered: Bool {
        if case .credit = self { false } else { true }
    }

    func write(to buffer: inout ByteBuffer, correlation: UInt64) {
        switch self {
        case .hello(let name): append(Self.hello(name), correlation, &buffer)
        case .publish(let queue, let offers, isBatch: true):
            let messages = offers.map(\.envelope)
            append(PublishBatch(queue: Self.name(queue), messages: messages), correlation, &buffer)
        case .publish(let queue, let offers, isBatch: false):
            for offer in offers {
                append(
                    Publish(queue: Self.name(queue), message: offer.envelope), correlation, &buffer)
            }
        case .consume(let queue, let subscription, let credit):
            append(
                Consume(queue: Self.name(queue), subscription: subscription, credit: credit),
                correlation, &buffer)
        case .credit(let subscription, let credit):
            append(Credit(subscription: subscription, credit: credit), 0, &buffer)
        case .stop(let subscription):
            append(StopConsuming(subscription: subscription), correlation, &buffer)
        case .settle(let queue, let asks):
            append(
                Settle(queue: Self.name(queue), settlements: asks.map(Self.settlement)),
                correlation, &buffer)
        case .extend(let queue, let sequence, let token, let duration):
            append(
                Extend(
                    queue: Self.name(queue), sequence: sequence, token: token,
                    leaseMilliseconds: duration.wireMilliseconds), correlation, &buffer)
        case .redrive(let queue, let sequences, let rate):
            var redrive = Redrive(
                Self.name(queue), sequences: sequences, who: Self.who, why: Self.why)
            redrive.ratePerSecond = rate
            append(redrive, correlation, &buffer)
        case .purge(let queue, let dead):
            append(
                Purge(queue: Self.name(queue), dead: dead, who: Self.who, why: Self.why),
                correlation, &buffer)
        case .setWeights(let weights):
            let changes = weights.sorted { $0.key < $1.key }.map {
                TenantWeight(tenant: Offer.tenant($0.key), weight: $0.value)
            }
            append(
                SetWeights(weights: changes, who: Self.who, why: Self.why), correlation, &buffer)
        case .audit:
            append(Audit(before: 0, limit: Self.auditCountMax), correlation, &buffer)
        case .standings(let queue, let ids):
            append(MessageStatus(queue: Self.name(queue), ids: ids), correlation, &buffer)
        case .deadLetters(let queue, let after):
            append(
                DeadLetters(queue: Self.name(queue), after: after, limit: 10, filter: Self.all),
                correlation, &buffer)
        case .pause(let queue):
            append(
                Pause(queue: Self.name(queue), who: Self.who, why: Self.why), correlation,
                &buffer)
        case .resume(let queue):
            append(
                Resume(queue: Self.name(queue), who: Self.who, why: Self.why), correlation,
                &buffer)
        case .ping: append(Ping(token: 7), correlation, &buffer)
        }
    }

    /// Who operates, and why.
    static let who = "simulator"
    static let why = "by chance"
    static let auditCountMax: UInt32 = 100

    /// What a queue is called.
    static func name(_ queue: Int) -> String { "queue-\(queue)" }

    private func append(
        _ message: some WireMessage, _ correlation: UInt64, _ buffer: inout ByteBuffer
    ) {
        let header = FrameHeader(
            opcode: type(of: message).opcode.rawValue, correlation: correlation)
        Frame.append(message, header: header, to: &buffer)
    }

    private static let all = DeadLetterFilter(tenant: "", reason: "", diedBeforeMilliseconds: 0)

    private static func hello(_ name: String) -> Hello {
        Hello(
            magic: Handshake.magic, versionMin: Handshake.version, versionMax: Handshake.version,
            features: 0, frameByteCountMax: UInt32(WireLimits.frameByteCountMax),
            inFlightMax: 64, name: name)
    }

    private static func settlement(_ ask: SettlementAsk) -> Settlement {
        Settlement(
            sequence: ask.sequence, token: ask.token, verdict: ask.verdict,
            retryAfterMilliseconds: ask.retryAfter.wireMilliseconds, reason: "by chance",
            outputs: ask.outputs.map {
                Output(
                    queue: name($0.queue), message: $0.offer.envelope,
                    delayMilliseconds: $0.offer.delay.wireMilliseconds)
            })
    }
}
