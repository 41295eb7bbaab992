// SPDX-License-Identifier: MIT
import NIOCore
import QueueState
import SegmentLog

extension BrokerService {
    /// So much is moved with one write: less than what a busy broker writes at once.
    private static let rewriteCountMax = 512
    private static let rewriteByteCountMax = 1 << 20

    /// Begins to move `stragglers`, a part with each write; those of a run before that are left are
    /// among them, if they are still where they were.
    func rewrite(_ stragglers: [Straggler]) {
        rewriting = stragglers[...]
        continueRewriting()
    }

    /// Reads the next part, unless one is under way.
    func continueRewriting() {
        guard !isReadingStragglers, !rewriting.isEmpty, !hasFailed else { return }
        let part = takeStragglers()
        guard !part.isEmpty else { return }
        isReadingStragglers = true
        let service = NIOLoopBound(self, eventLoop: eventLoop)
        // No segment of these is given back before it is read: the same thread does both.
        disk.read(
            part.map(\.envelope.position), byteCount: BodyMemory.excerptByteCount,
            limit: readLimit
        ) { service.value.stragglersRead(part, $0) }
    }

    /// The next ones that are still to be moved.
    private func takeStragglers() -> [Straggler] {
        var part: [Straggler] = []
        var byteCount = 0
        while part.count < Self.rewriteCountMax, byteCount < Self.rewriteByteCountMax,
            let straggler = rewriting.popFirst()
        {
            guard engine.isMovable(straggler) else { continue }
            part.append(straggler)
            byteCount += straggler.envelope.byteCount
        }
        return part
    }

    private func stragglersRead(
        _ part: [Straggler], _ result: Result<[LogExcerpt], LogError>
    ) {
        isReadingStragglers = false
        switch result {
        case .success(let excerpts):
            for straggler in part { move(straggler, excerpts) }
            // The next part follows when this one is durable.
            if engine.hasBatches { scheduleTurn() } else { continueRewriting() }
        case .failure(let error): fail(error)
        }
    }

    private func move(_ straggler: Straggler, _ excerpts: [LogExcerpt]) {
        let place = straggler.envelope
        for excerpt in excerpts {
            let isFound: Bool? = excerpt.withBytes(at: place.position) { bytes in
                let envelope = bytes[place.delta..<place.delta + place.byteCount]
                _ = engine.move(straggler, envelope: .init(rebasing: envelope))
                return true
            }
            if isFound != nil { return }
        }
    }
}
