// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import QueueState
import SecureTransport
import SegmentLog
import Sessions
import Wire

extension BrokerService {
    /// A page of dead letters is small enough for one frame, whatever they hold.
    private static let deadLetterCountMax = 256
    private static let deadLetterByteCountMax = 8 << 20

    /// What one answer holds, and behind which message the next one begins.
    private struct Page {
        let messages: [DeadMessage]
        let next: MessageSequence?
    }

    func deadLetters(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, DeadLetters.self)
        let queue = try queue(request.queue, for: .operate, peer)
        let (found, next) = engine.deadMessages(
            in: queue, after: MessageSequence(request.after),
            limit: min(Int(request.limit), Self.deadLetterCountMax),
            matching: filter(request.filter))
        let messages = page(found)
        // A page that is cut short goes on behind its last letter.
        let page = Page(
            messages: messages,
            next: messages.count < found.count ? messages.last?.sequence : next)
        let absent = messages.map(\.envelope.position).filter { !memory.holds($0) }
        guard !absent.isEmpty else { return answer(page, absent: [], to: frame, peer.session) }
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        let session = NIOLoopBound(peer.session, eventLoop: eventLoop)
        disk.read(absent, byteCount: 4096, limit: readLimit) { result in
            switch result {
            case .success(let excerpts):
                service.value.answer(page, absent: excerpts, to: frame, session.value)
            case .failure(let error): service.value.fail(error)
            }
        }
    }

    private func page(_ dead: [DeadMessage]) -> [DeadMessage] {
        var byteCount = 0
        return dead.prefix { message in
            byteCount += message.envelope.byteCount
            return byteCount <= Self.deadLetterByteCountMax
                || byteCount == message.envelope.byteCount
        }
    }

    private func answer(
        _ page: Page, absent: [LogExcerpt], to frame: InboundFrame,
        _ session: ServerSession
    ) {
        let letters = page.messages.map { message in
            let place = message.envelope
            let bytes =
                memory.withEnvelope(place) { ByteBuffer(bytes: $0) }
                ?? absent.lazy.compactMap { Self.envelope(place, in: $0) }.first
            return DeadLetter(message, envelope: bytes)
        }
        session.reply(
            DeadLettersOK(letters: letters, next: page.next?.rawValue ?? 0),
            to: frame.correlation, trace: frame.trace)
    }

    private static func envelope(_ place: EnvelopePlace, in excerpt: LogExcerpt) -> ByteBuffer? {
        excerpt.withBytes(at: place.position) { bytes in
            // One that begins before may end within the record.
            guard LogRecord(checking: bytes, at: 0, position: place.position) != nil else {
                return nil
            }
            return ByteBuffer(bytes: bytes[place.delta..<place.delta + place.byteCount])
        }
    }

    private func filter(_ filter: DeadLetterFilter) -> DeadMessageFilter {
        DeadMessageFilter(
            tenant: filter.tenant.isEmpty ? nil : TenantKey(name: filter.tenant.utf8),
            reason: filter.reason,
            diedBefore: filter.diedBeforeMilliseconds == 0
                ? nil : MeshInstant(milliseconds: filter.diedBeforeMilliseconds))
    }

    // MARK: - Redrive

    func redrive(_ frame: InboundFrame, _ peer: BrokerSession) throws(BrokerError) {
        let request = try decode(frame, Redrive.self)
        let queue = try queue(request.queue, for: .operate, peer)
        if !request.dryRun { try checkReserve() }
        let answer = engine.redrive(
            RedriveRequest(
                sequences: request.sequences.map(MessageSequence.init),
                filter: filter(request.filter),
                limit: request.limit == 0 ? .max : Int(request.limit), isDryRun: request.dryRun,
                ratePerSecond: request.ratePerSecond, id: request.id),
            on: queue, by: requester(request.who, request.why, peer), now: clock.now())
        self.answer(
            Redriven(
                count: UInt32(clamping: answer.count), more: answer.hasMore,
                resumeMilliseconds: answer.resumeAfter.wireMilliseconds,
                repeated: answer.isRepeated),
            to: frame, peer)
    }
}
