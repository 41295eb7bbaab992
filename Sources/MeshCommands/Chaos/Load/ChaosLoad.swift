// SPDX-License-Identifier: MIT
import HTTPCalls
import OrderMeshClient
import Orders
import SimulatedMachine
import Synchronization

/// Customers who place orders at a steady rate, by HTTP and by the client library, now and then the
/// same by both, again later, or another one under the same key.
final class ChaosLoad: Sendable {
    private let plan: DemoPlan
    private let seed: UInt64
    private let rate: Int
    private let http: HTTPOrderRoute
    private let client: ClientOrderRoute
    private let answers: ChaosAnswers
    private let isStopping = Atomic(false)

    /// Orders under way at once; more wait, as customers do whose shop hangs.
    private static let underWayMax = 400
    private static let repeatDelay = Duration.seconds(8)

    init(
        plan: DemoPlan, seed: UInt64, rate: Int, http: HTTPOrderRoute, client: ClientOrderRoute,
        answers: ChaosAnswers
    ) {
        self.plan = plan
        self.seed = seed
        self.rate = rate
        self.http = http
        self.client = client
        self.answers = answers
    }

    /// Begins no more orders.
    func stop() { isStopping.store(true, ordering: .relaxed) }

    /// Keeps the connections of the client library until cancelled.
    func runClient() async throws { try await client.run() }

    /// Returns when it was stopped and every order has its answer, or its customer gave up.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var index = 0
            var underWay = 0
            var due = ContinuousClock.now
            while !isStopping.load(ordering: .relaxed) {
                if underWay >= Self.underWayMax {
                    try await group.next()
                    underWay -= 1
                }
                let order = order(at: index)
                group.addTask { [index] in try await self.place(order, index) }
                underWay += 1
                index += 1
                // What was not sent in time is not made up for: that would be a burst after each pause.
                due = max(due + .seconds(1) / rate, .now - .seconds(1))
                try await Task.sleep(until: due, clock: .continuous)
            }
            try await group.waitForAll()
        }
    }

    /// Follows from the seed and its number.
    private func order(at index: Int) -> DemoOrder {
        var generator = SplitMix(state: seed &+ UInt64(index) &* 0xD129_0D3A_5C41_17F1)
        return DemoPlan.order(index, run: plan.run, using: &generator)
    }

    private func place(_ order: DemoOrder, _ index: Int) async throws {
        answers.sent()
        var outcome = ChaosOutcome()
        try await withThrowingTaskGroup(of: DemoAnswer?.self) { group in
            for copy in 0..<order.copies {
                group.addTask { try await self.ask(order, byOther: copy == 1) }
            }
            for try await answer in group { outcome.add(answer) }
        }
        answers.answered(outcome, to: order)
        guard let id = outcome.order, !isStopping.load(ordering: .relaxed) else { return }
        let accepted = ChaosAnswers.Accepted(order, as: id, sent: outcome.sent)
        if index % 17 == 0 { try await askAgain(order, accepted) }
        if index % 41 == 0 { try await askForAnother(order, accepted) }
    }

    /// Whoever has his answer may ask again, and hears the same.
    private func askAgain(_ order: DemoOrder, _ accepted: ChaosAnswers.Accepted) async throws {
        try await Task.sleep(for: Self.repeatDelay)
        guard let answer = try await ask(order, byOther: true) else { return }
        answers.repeated(answer, of: accepted)
    }

    /// Another order under the same key is refused.
    private func askForAnother(
        _ order: DemoOrder, _ accepted: ChaosAnswers.Accepted
    ) async throws {
        let other = DemoOrder(
            purpose: order.purpose, route: order.route, tenant: order.tenant,
            customer: order.customer + "-other", key: order.key, items: order.items, copies: 1)
        guard let answer = try await ask(other, byOther: false) else { return }
        answers.contradicted(answer, of: accepted)
    }

    /// Nil when nobody answered while the customer had patience; the routes try again by themselves.
    ///
    /// - Parameter byOther: by the other way than the order's own, where it can go there.
    private func ask(_ order: DemoOrder, byOther: Bool) async throws -> DemoAnswer? {
        let isOpen = order.purpose != .malformed && order.purpose != .hasty
        let usesHTTP = (order.route == .http) != (byOther && isOpen)
        do {
            return usesHTTP ? try await http.send(order) : try await client.send(order)
        } catch let error as OrderMeshError {
            switch error.code {
            case .unreachable, .timedOut, .cancelled, .failed, .overloaded, .keyInProgress:
                return nil
            case .configuration, .invalidOrder, .keyConflict, .rateLimited, .concurrencyLimited,
                .unknownOrder, .notPermitted:
                return .refused(code: error.code.rawValue)
            }
        } catch is CommandError {
            return nil
        }
    }
}
