// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What the payment stage does in one move.
extension SagaWorld {
    mutating func charge(_ worker: Worker, _ decision: SagaDecision) -> Phase {
        let attempt = payment?.attempt ?? 0
        switch decision {
        case .perform:
            move(to: .charging)
            payment = Payment(state: .charging, attempt: attempt + 1)
            return .ask(attempt + 1)
        case .resume:
            return payment?.state == .reversing ? .giveBack(attempt, .beforeCharge) : .look(attempt)
        case .alreadyDone: return .settle(.done, [Self.next(after: status, attempt)])
        case .obsolete: return .settle(.done, [])
        case .restart:
            move(to: .accepted)
            return .settle(.done, [Output(kind: .reserve, attempt: attempt)])
        case .overtaken: return .settle(.release, [])
        case .conflict: return Self.failed(worker)
        }
    }

    private static func next(after status: OrderStatus, _ attempt: UInt32) -> Output {
        Output(kind: status == .declined ? .release : .fulfil, attempt: attempt)
    }

    mutating func reverse(_ worker: Worker, _ decision: SagaDecision) -> Phase {
        guard let attempt = payment?.attempt, attempt == worker.message.attempt else {
            return .settle(.done, [])
        }
        switch decision {
        case .perform, .resume:
            payment?.state = .reversing
            return .giveBack(attempt, .forGood)
        case .alreadyDone: return .settle(.done, [Output(kind: .release, attempt: attempt)])
        case .obsolete: return .settle(.done, [])
        case .overtaken: return .settle(.release, [])
        case .restart, .conflict: return Self.failed(worker)
        }
    }

    /// The provider acts once a key.
    mutating func charged(_ attempt: UInt32, _ rules: SagaRules) -> Answer {
        let standing = provider[attempt] ?? (rules.hasCredit ? .charged : .declined)
        provider[attempt] = standing
        return switch standing {
        case .charged: .charged
        case .declined: .declined
        case .reversed: .unknown
        }
    }

    func look(_ attempt: UInt32) -> Phase {
        switch provider[attempt] {
        case .charged: .record(attempt, .charged)
        case .declined: .record(attempt, .declined)
        case .reversed: .record(attempt, .unknown)
        case nil: .ask(attempt)
        }
    }

    mutating func record(
        _ answer: Answer, _ attempt: UInt32, _ worker: Worker, _ rules: SagaRules
    ) -> Phase {
        guard waits(for: attempt) else {
            guard rules.decide(.charge, status, payment?.state) == .alreadyDone else {
                return Self.failed(worker)
            }
            return .settle(.done, [Self.next(after: status, payment?.attempt ?? 0)])
        }
        write(answer)
        switch answer {
        case .charged, .declined: return .settle(.done, [Self.next(after: status, attempt)])
        case .unavailable, .unknown: return Self.failed(worker)
        }
    }

    func waits(for attempt: UInt32) -> Bool {
        guard let payment, payment.attempt == attempt else { return false }
        return (status == .charging || status == .unknown)
            && (payment.state == .charging || payment.state == .unknown)
    }

    mutating func write(_ answer: Answer) {
        switch answer {
        case .charged:
            payment?.state = .charged
            move(to: .charged)
        case .declined:
            payment?.state = .declined
            move(to: .declined)
        case .unknown where status != .unknown:
            payment?.state = .unknown
            move(to: .unknown)
        case .unknown, .unavailable: break
        }
    }

    mutating func writeGivenBack(_ attempt: UInt32) {
        guard payment == Payment(state: .reversing, attempt: attempt) else { return }
        payment?.state = .reversed
        if status == .charged { move(to: .dead) }
    }

    mutating func recordGivenBack(
        _ attempt: UInt32, _ reason: Reason, _ worker: Worker
    ) -> Phase {
        writeGivenBack(attempt)
        return switch reason {
        case .forGood: .settle(.done, [Output(kind: .release, attempt: attempt)])
        case .beforeCharge: .begin
        case .notHandedOver: Self.failed(worker)
        case .givingUp: .conclude
        }
    }
}
