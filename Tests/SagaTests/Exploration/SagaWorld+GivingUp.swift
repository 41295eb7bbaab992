// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What a stage does with a step that has failed for the last time.
extension SagaWorld {
    func giveUp(_ worker: Worker) -> Phase {
        guard worker.message.kind == .charge, status == .charging, payment?.state == .reversing,
            let attempt = payment?.attempt
        else { return .conclude }
        return .giveBack(attempt, .givingUp)
    }

    mutating func conclude(_ worker: Worker, _ rules: SagaRules) -> Phase {
        let attempt = payment?.attempt ?? 0
        switch worker.message.kind {
        case .reserve where status == .accepted: move(to: .dead)
        case .charge
        where (status == .reserved || status == .charging)
            && [nil, .reversed, .declined].contains(payment?.state):
            move(to: .dead)
            return .settle(.dead, [Output(kind: .release, attempt: attempt)])
        case .fulfil
        where rules.decide(.fulfil, status, payment?.state) == .perform
            && attempt == worker.message.attempt:
            return .settle(.dead, [Output(kind: .reverse, attempt: attempt)])
        case .reserve, .release, .charge, .reverse, .fulfil, .notify, .tell: break
        }
        return .settle(.dead, [])
    }
}
