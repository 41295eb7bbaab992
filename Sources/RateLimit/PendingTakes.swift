// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Sessions
import Wire

/// Frames with takes that wait for a lease, oldest first. Confined to one event loop.
struct PendingTakes {
    /// One TAKE, some of whose decisions are missing.
    struct Frame {
        let session: ServerSession
        let correlation: UInt64
        let trace: UniqueID
        let takes: [TokenRequest]
        /// `nil` for those that wait.
        var decisions: [Wire.Decision?]
        /// Then what is missing is refused.
        let deadline: NIODeadline
        /// When nobody waits for the answer any more.
        let wantedUntil: NIODeadline

        /// Whether nobody waits any more and nothing was decided yet: then nothing must be [H-12].
        func isLate(at now: NIODeadline) -> Bool {
            wantedUntil <= now && decisions.allSatisfy { $0 == nil }
        }

        /// The answer, when it is complete.
        var answer: Taken? {
            let known = decisions.compactMap(\.self)
            return known.count == takes.count ? Taken(decisions: known) : nil
        }

        /// Decides what is missing, in the order asked: of each tenant none is tried while one before it
        /// still waits, however little it asks for.
        ///
        /// - Parameter waiting: the take that is known to wait; those before it are decided.
        mutating func decide(
            behind waiting: Int? = nil, _ decide: (TokenRequest) -> TakeDesk.Answer
        ) {
            var held = Set(waiting.map { [takes[$0].tenant] } ?? [])
            for index in decisions.indices where decisions[index] == nil && index != waiting {
                let take = takes[index]
                if !held.contains(take.tenant), case .decided(let decision) = decide(take) {
                    decisions[index] = decision
                } else {
                    held.insert(take.tenant)
                }
            }
        }
    }

    /// More are refused at once.
    static let countMax = 10_000
    /// A write that takes longer is as good as none.
    static let patience = TimeAmount.seconds(2)

    private(set) var frames: [Frame] = []

    var isFull: Bool { frames.count >= Self.countMax }

    mutating func add(_ frame: Frame) { frames.append(frame) }

    /// Tries every missing decision again; answers and forgets the frames that are complete.
    mutating func retry(
        at now: NIODeadline, _ decide: (TokenRequest, ServerSession) -> TakeDesk.Answer
    ) {
        refuseLate(at: now)
        for index in frames.indices {
            let session = frames[index].session
            frames[index].decide { decide($0, session) }
        }
        answerComplete()
    }

    /// Has what is missing decided without a lease: in the frames whose time is up, or in all.
    mutating func expire(
        at now: NIODeadline, all: Bool = false,
        _ decide: (TokenRequest, ServerSession) -> Wire.Decision
    ) {
        refuseLate(at: now)
        for index in frames.indices where all || frames[index].deadline <= now {
            let (takes, session) = (frames[index].takes, frames[index].session)
            frames[index].decisions = zip(frames[index].decisions, takes).map { known, take in
                known ?? decide(take, session)
            }
        }
        answerComplete()
    }

    private mutating func refuseLate(at now: NIODeadline) {
        frames.removeAll { frame in
            guard frame.isLate(at: now) else { return false }
            frame.session.fail(.late, to: frame.correlation, trace: frame.trace)
            return true
        }
    }

    private mutating func answerComplete() {
        frames.removeAll { frame in
            guard let answer = frame.answer else { return false }
            frame.session.reply(answer, to: frame.correlation, trace: frame.trace)
            return true
        }
    }
}
