// SPDX-License-Identifier: MIT
import Idempotency
import Orders
import Sessions

/// Who in a batch speaks for which key: the first request does, and repeats hang on to it.
struct BatchPlan {
    /// One key, and all requests of the batch that are for the same order.
    struct Group {
        let leader: OrderGatherer.Waiting
        var followers: [OrderGatherer.Waiting] = []
    }

    private(set) var groups: [Group] = []
    /// Requests with a key of which the batch holds a different order.
    private(set) var conflicting: [OrderGatherer.Waiting] = []
    /// Requests whose senders wait no longer.
    private(set) var late: [OrderGatherer.Waiting] = []

    init(_ batch: [OrderGatherer.Waiting], now: MeshInstant) {
        var keys: [ScopedKey: (state: IdempotencyKeyState, group: Int)] = [:]
        for waiting in batch {
            guard !waiting.deadline.hasPassed else {
                late.append(waiting)
                continue
            }
            let key = waiting.candidate.scopedKey
            var held = keys[key] ?? (IdempotencyKeyState(), groups.count)
            switch held.state.request(waiting.candidate.claim, now: now) {
            case .claim: groups.append(Group(leader: waiting))
            case .inProgress, .replay: groups[held.group].followers.append(waiting)
            case .conflict: conflicting.append(waiting)
            }
            keys[key] = held
        }
    }
}

extension BatchPlan.Group {
    /// Answers the leader, and those who hang on with the same as a repeat.
    func answer(_ answer: PlaceAnswer) {
        leader.continuation.resume(returning: answer)
        let repeated =
            if case .accepted(let placement) = answer { PlaceAnswer.replayed(placement) } else {
                answer
            }
        for follower in followers { follower.continuation.resume(returning: repeated) }
    }

    /// Refuses those who have waited long enough for a key that is claimed elsewhere.
    ///
    /// - Returns: the others.
    func withoutImpatient(at now: MeshInstant) -> [OrderGatherer.Waiting] {
        ([leader] + followers).filter { waiting in
            guard waiting.patience <= now else { return true }
            waiting.continuation.resume(returning: .refused(.keyInProgress))
            return false
        }
    }
}
