// SPDX-License-Identifier: MIT
import Orders
import Saga

extension SagaWorld {
    /// The order is cancelled because its stock was held for too long, at whatever moment; the stock
    /// goes back by the sweep that follows. Nil where that does not happen.
    func expired(_ rules: SagaRules) -> SagaWorld? {
        guard stock == .held, rules.mayExpire(status, payment?.state) else { return nil }
        var world = self
        world.status = .cancelled
        return world
    }
}
