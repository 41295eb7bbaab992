// SPDX-License-Identifier: MIT
import NIOCore

/// Two connections that are one to those at their ends. Confined to its event loop.
final class RelayPair {
    /// What is under way in one direction; never out of order, however the way changes.
    private struct Flow {
        var waiting = CircularBuffer<(bytes: ByteBuffer, due: NIODeadline)>()
        var byteCount = 0
        var isAsleep = false
    }

    /// Beyond this the sender is not read from: it feels the stall as by a full window.
    private static let byteCountMax = 1 << 20
    private static let slowBytesPerMillisecond = 256

    private let near: any Channel
    private var far: (any Channel)?
    private unowned let links: RelayPairs
    private var requests = Flow()
    private var answers = Flow()

    init(near: any Channel, links: RelayPairs) {
        self.near = near
        self.links = links
    }

    func connected(to far: any Channel) {
        self.far = far
        guard near.isActive else { return close() }
        pump()
    }

    func received(_ bytes: ByteBuffer, _ flow: LinkCondition.Flow) {
        if flow == .answers, links.condition == .losingAnswers { return close() }
        let delay = links.condition.delayMilliseconds
        var due = NIODeadline.now()
        if delay > 0 {
            let carrying = bytes.readableBytes / Self.slowBytesPerMillisecond
            due = due + .milliseconds(Int64(delay + carrying))
        }
        change(flow) { state in
            state.waiting.append((bytes, max(due, state.waiting.last?.due ?? due)))
            state.byteCount += bytes.readableBytes
        }
        pump()
    }

    /// Hands on what is due, and reads when there is room.
    func pump() {
        pump(.requests, to: far)
        pump(.answers, to: near)
        read()
    }

    func close() {
        near.close(promise: nil)
        far?.close(promise: nil)
    }

    private func pump(_ flow: LinkCondition.Flow, to channel: (any Channel)?) {
        guard let channel, !links.condition.stalls(flow) else { return }
        let now = NIODeadline.now()
        var hasWritten = false
        while let first = state(flow).waiting.first, first.due <= now {
            change(flow) { state in
                state.byteCount -= first.bytes.readableBytes
                _ = state.waiting.removeFirst()
            }
            channel.write(first.bytes, promise: nil)
            hasWritten = true
        }
        if hasWritten { channel.flush() }
        if let first = state(flow).waiting.first { sleep(flow, until: first.due) }
    }

    private func sleep(_ flow: LinkCondition.Flow, until due: NIODeadline) {
        guard !state(flow).isAsleep else { return }
        change(flow) { $0.isAsleep = true }
        let bound = NIOLoopBound(self, eventLoop: near.eventLoop)
        near.eventLoop.scheduleTask(deadline: due) {
            bound.value.change(flow) { $0.isAsleep = false }
            bound.value.pump()
        }
    }

    /// Asks for more of each side whose way has room.
    private func read() {
        guard let far else { return }
        if requests.byteCount < Self.byteCountMax, far.isWritable { near.read() }
        if answers.byteCount < Self.byteCountMax, near.isWritable { far.read() }
    }

    private func state(_ flow: LinkCondition.Flow) -> Flow {
        flow == .answers ? answers : requests
    }

    private func change(_ flow: LinkCondition.Flow, _ body: (inout Flow) -> Void) {
        if flow == .answers { body(&answers) } else { body(&requests) }
    }
}
