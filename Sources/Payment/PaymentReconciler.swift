// SPDX-License-Identifier: MIT
import Daemon
package import Logging
import Orders
import Pipeline
package import PostgresStore
import Saga

/// Asks the provider about payments whose answer was never recorded, until it is.
///
/// Usually the step comes again and asks itself. This one sees to payments whose step lies in the
/// dead letters, so that money is never left in the unknown. It moves no money forward: it records
/// charges and declines, and finishes reversals.
package struct PaymentReconciler<Provider: PaymentProvider>: Sendable {
    private let stage: PaymentStage<Provider>
    private let logger: Logger
    package let interval: Duration
    /// A payment that changed more recently is left to its step.
    private let patience: Duration

    package init(
        _ stage: PaymentStage<Provider>, logger: Logger, interval: Duration = .seconds(30),
        patience: Duration = .seconds(120)
    ) {
        self.stage = stage
        self.logger = logger
        self.interval = interval
        self.patience = patience
    }

    /// Asks once about all that wait.
    ///
    /// - Parameter age: payments that changed more recently are left alone.
    /// - Returns: how many got an answer.
    package func reconcile(idleFor age: Duration) async throws(PostgresError) -> Int {
        try await settle(try await PaymentBook.unsettled(for: age, on: stage.pool))
    }

    /// What asking about one charge came to.
    package enum Notice: Sendable, Equatable {
        /// No payment is at a charge of that key.
        case unknownKey
        /// Its answer was on record before.
        case settledBefore
        case settled
        /// The provider could not tell, or has nothing to tell yet.
        case stillOpen
    }

    /// Asks about the charge of one key at once, because somebody says that there is news.
    ///
    /// What they say is not looked at: the provider's own answer counts.
    package func reconcile(key: String) async throws(PostgresError) -> Notice {
        guard let payment = try await PaymentBook.payment(under: key, on: stage.pool) else {
            return .unknownKey
        }
        guard payment.isUnsettled else { return .settledBefore }
        return try await settle([payment]) > 0 ? .settled : .stillOpen
    }

    private func settle(_ unsettled: [PaymentBook.Unsettled]) async throws(PostgresError) -> Int {
        let reversing = unsettled.filter { $0.state == .reversing }.map(Self.work)
        let charging = unsettled.filter { $0.state != .reversing }.map(Self.work)
        var answers: [PaymentAnswer] = []
        let standings = await stage.provider.standing(of: charging.map(\.charge))
        for (work, standing) in zip(charging, standings) {
            switch standing {
            case .charged(let reference):
                answers.append(.init(work: work, answer: .charged(reference: reference)))
            case .declined(let reason):
                answers.append(.init(work: work, answer: .declined(reason: reason)))
            case .reversed, .neverSeen, .unknown: break
            }
        }
        _ = try await stage.close(answers)
        let reversed = try await stage.giveBack(reversing)
        return answers.count + reversed.count
    }

    /// As if the step had come again; there is no delivery behind it.
    private static func work(_ payment: PaymentBook.Unsettled) -> PaymentWork {
        let message = StepMessage(
            .charge, order: payment.charge.order, attempt: payment.charge.attempt)
        let delivery = StepDelivery(
            sequence: 0, token: 0, attempt: 1, attemptsMax: 1, lease: .zero,
            id: MessageID(.zero), trace: payment.trace, tenant: payment.charge.tenant, body: [])
        return PaymentWork(
            step: Step(delivery: delivery, message: message), charge: payment.charge)
    }
}

extension PaymentReconciler: StageChore {
    package func once() async {
        do throws(PostgresError) {
            let count = try await reconcile(idleFor: patience)
            if count > 0 {
                logger.warning(
                    "payments reconciled with the provider",
                    metadata: .keyed([.count: "\(count)"]))
            }
        } catch {
            logger.warning("reconciliation failed", metadata: .keyed([.error: "\(error)"]))
        }
    }
}
