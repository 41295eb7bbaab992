// SPDX-License-Identifier: MIT
import OrderMeshClient

/// Sends the orders of a plan, some at a time, each by its route.
struct DemoSender: Sendable {
    let http: HTTPOrderRoute
    let client: ClientOrderRoute
    /// Orders under way at once.
    var width = 32

    /// The outcome of each order, in the order of the plan.
    ///
    /// - Parameter progress: called with the count of those that have their answer.
    func send(
        _ orders: [DemoOrder], progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> [DemoOutcome] {
        var outcomes = [DemoOutcome](repeating: DemoOutcome(), count: orders.count)
        try await withThrowingTaskGroup(of: (Int, DemoOutcome).self) { group in
            var next = 0
            var doneCount = 0
            while doneCount < orders.count {
                while next < orders.count, next - doneCount < width {
                    let index = next
                    group.addTask { (index, try await outcome(of: orders[index])) }
                    next += 1
                }
                guard let (index, outcome) = try await group.next() else { break }
                outcomes[index] = outcome
                doneCount += 1
                progress(doneCount)
            }
        }
        return outcomes
    }

    /// All copies of one order at the same time: whoever comes first, there is one order.
    private func outcome(of order: DemoOrder) async throws -> DemoOutcome {
        try await withThrowingTaskGroup(of: DemoAnswer.self) { group in
            for _ in 0..<order.copies {
                group.addTask {
                    switch order.route {
                    case .http: try await http.send(order)
                    case .client: try await client.send(order)
                    }
                }
            }
            var outcome = DemoOutcome()
            for try await answer in group { try outcome.add(answer) }
            return outcome
        }
    }
}
