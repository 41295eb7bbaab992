// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import Sessions
import Synchronization
import TestSupport
import Wire

/// A broker that takes what is published, or does what a test wants to see survived.
final class BrokerDouble: Sendable {
    enum Mood: Sendable {
        case accepting
        /// Refuses for want of room.
        case full
        /// Takes the message and never answers.
        case silent
        /// Takes the message and answers when another mood comes.
        case slow
    }

    private struct State {
        /// Answers that `slow` owes.
        var owed: [(session: SessionHandle, correlation: UInt64, answer: PublishedBatch)] = []
        var mood = Mood.accepting
        var published: [Envelope] = []
        var frameCount = 0
        var sessions: [SessionHandle] = []
        var weights: [String: UInt32] = [:]
    }

    private let state = Mutex(State())

    /// Every message that was taken, in order; repeats as well.
    var published: [Envelope] { state.withLock { $0.published } }
    var frameCount: Int { state.withLock { $0.frameCount } }

    func become(_ mood: Mood) {
        let owed = state.withLock { state in
            state.mood = mood
            defer { state.owed = [] }
            return state.owed
        }
        for debt in owed { debt.session.reply(debt.answer, to: debt.correlation) }
    }

    /// Tells all who watch.
    func push(depth: UInt64, of depthMax: UInt64, drainPerSecond: UInt32) {
        let message = Depth(
            queue: "inventory", depth: depth, depthMax: depthMax,
            drainPerSecond: drainPerSecond, paused: false)
        for session in state.withLock({ $0.sessions }) { session.push(message) }
    }

    func listen(_ certificates: TestCertificates) async throws -> MeshListener {
        try await MeshListener.bind(
            host: "127.0.0.1", port: 0,
            tls: try certificates.context(.server, .service("brokerd")),
            group: .singletonMultiThreadedEventLoopGroup
        ) { _ in Frames(double: self) }
    }

    var weights: [String: UInt32] { state.withLock { $0.weights } }

    func setWeights(_ weights: [TenantWeight]) {
        state.withLock { state in
            for change in weights {
                state.weights[change.tenant] = change.weight == 1 ? nil : change.weight
            }
        }
    }

    /// What a publish is answered.
    private func publish(_ batch: PublishBatch) -> Mood {
        state.withLock { state in
            guard state.mood != .full else { return .full }
            state.published += batch.messages
            state.frameCount += 1
            return state.mood
        }
    }

    private final class Frames: FrameService {
        private let double: BrokerDouble

        init(double: BrokerDouble) { self.double = double }

        func opened(_ session: ServerSession) {
            let handle = session.handle
            double.state.withLock { $0.sessions.append(handle) }
        }

        func closed(_ session: ServerSession) {}

        /// Now, or when the mood changes.
        private func answer(
            _ answer: PublishedBatch, _ frame: InboundFrame, _ session: ServerSession
        ) {
            let handle = session.handle
            let isOwed = double.state.withLock { state in
                guard state.mood == .slow else { return false }
                state.owed.append((handle, frame.correlation, answer))
                return true
            }
            if !isOwed { session.reply(answer, to: frame.correlation) }
        }

        func received(_ frame: InboundFrame, on session: ServerSession) {
            switch frame.kind {
            case .publishBatch:
                guard let batch = try? frame.decode(PublishBatch.self) else {
                    return session.refuse(frame, .badMessage, "not a batch")
                }
                switch double.publish(batch) {
                case .accepting, .slow:
                    let sequences = batch.messages.indices.map { UInt64($0) }
                    answer(PublishedBatch(sequences: sequences), frame, session)
                case .full: session.refuse(frame, .queueFull, "depth 10 of 10")
                case .silent: session.close()
                }
            case .getWeights: answerWeights(frame, session)
            case .setWeights:
                guard let request = try? frame.decode(SetWeights.self) else {
                    return session.refuse(frame, .badMessage, "no weights")
                }
                double.setWeights(request.weights)
                answerWeights(frame, session)
            case .watchDepth: session.reply(WatchingDepth(), to: frame.correlation)
            default: session.refuse(frame, .unsupported, "a double")
            }
        }

        private func answerWeights(_ frame: InboundFrame, _ session: ServerSession) {
            let weights = double.weights.map { TenantWeight(tenant: $0.key, weight: $0.value) }
            session.reply(Weights(weights: weights), to: frame.correlation)
        }
    }
}
