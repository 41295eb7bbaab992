// SPDX-License-Identifier: MIT
import Logging
import Orders
import Pipeline
import Saga
import StageTestSupport
import TestSupport
import Testing

@testable import Payment

/// The exchange with Stripe broken at each of its bytes, in both directions. Whatever happens, each order
/// has been charged its total once, or nothing, and the tables say which.
@Suite struct StripeCutTests {
    /// Exchanges broken side by side, each at another byte.
    private static let width = 64
    /// An account at Stripe has a few intents only, so that looking one up is quick.
    private static let customerCount = 512

    private let fixture: StripeFixture

    init() throws { fixture = try StripeFixture() }

    private func proxy(_ method: String) async throws -> CuttingProxy {
        let port = try #require(fixture.endpoint.split(separator: ":").last.flatMap { Int($0) })
        return try await CuttingProxy(to: port, method: method)
    }

    private func place(_ count: Int, from offset: Int = 0) async throws -> [OrderID] {
        var orders: [OrderID] = []
        for index in offset..<offset + count {
            let customer = "c\(index % Self.customerCount)"
            orders.append(
                try await fixture.orders.place([:], customer: customer, status: .reserved))
        }
        return orders
    }

    private func steps(_ kind: StepKind, _ orders: [OrderID]) -> [Step] {
        orders.map { fixture.orders.step(.init(kind, order: $0, attempt: 1)) }
    }

    /// Every byte of a whole exchange, as measured on one.
    private func faults(_ traffic: CuttingProxy.Traffic) -> [CuttingProxy.Fault] {
        (0...traffic.request).map { .init(side: .request, byteCount: $0, manner: .cut) }
            + (0...traffic.response).map { .init(side: .response, byteCount: $0, manner: .cut) }
    }

    /// Silence where it may mean another thing, and here and there between.
    private func stalls(_ traffic: CuttingProxy.Traffic) -> [CuttingProxy.Fault] {
        func places(_ total: Int) -> [Int] {
            Set([0, 1, 2, total - 1] + stride(from: 0, to: total, by: 211)).sorted()
        }
        return places(traffic.request).map { .init(side: .request, byteCount: $0, manner: .stall) }
            + [.init(side: .request, byteCount: traffic.request, manner: .stall)]
            + places(traffic.response).map {
                .init(side: .response, byteCount: $0, manner: .stall)
            }
    }

    /// Each order's payment and what Stripe says of it, once everything is asked over whole lines.
    private func check(
        _ orders: [OrderID], net: Int64, state: String, status: OrderStatus
    ) async throws {
        #expect(try await fixture.payments(of: orders).allSatisfy { $0 == state })
        #expect(try await fixture.nets(orders).allSatisfy { $0 == net })
        #expect(try await fixture.orders.statuses(orders).allSatisfy { $0 == status })
    }

    /// Charges one order for each fault through the proxy, asks again over a whole line, and checks.
    private func charge(
        _ faults: [CuttingProxy.Fault], _ proxy: CuttingProxy, timeout: Duration
    ) async throws {
        let whole = fixture.stage()
        let reconciler = PaymentReconciler(whole, logger: Logger(label: "test"))
        for start in stride(from: 0, to: faults.count, by: Self.width) {
            let part = Array(faults[start..<min(start + Self.width, faults.count)])
            proxy.arm(part)
            let orders = try await place(part.count, from: start)
            let broken = PaymentStage(
                pool: fixture.orders.pool,
                provider: fixture.provider(
                    at: proxy.url, timeout: timeout, concurrencyMax: Self.width))
            let steps = steps(.charge, orders)
            _ = try await broken.handle(steps)
            #expect(proxy.waitingCount == 0)
            _ = try await reconciler.reconcile(idleFor: .zero)
            // What the reconciler wrote down is so; what it could not is open, and not lost.
            let nets = try await fixture.nets(orders)
            for (net, row) in zip(nets, try await fixture.payments(of: orders)) {
                if row == "charged 1" { #expect(net == 1000) }
                #expect(["charged 1", "charging 1", "unknown 1"].contains(row))
            }
            let outcomes = try await whole.handle(steps)
            #expect(outcomes.allSatisfy { $0.outputs.first?.kind == .fulfil })
            try await check(orders, net: 1000, state: "charged 1", status: .charged)
        }
        #expect(proxy.firedCount == faults.count, "each fault has broken an exchange")
    }

    /// Gives one charge back for each fault through the proxy, again over a whole line, and checks.
    private func reverse(
        _ faults: [CuttingProxy.Fault], _ proxy: CuttingProxy, timeout: Duration
    ) async throws {
        let whole = fixture.stage()
        for start in stride(from: 0, to: faults.count, by: Self.width) {
            let part = Array(faults[start..<min(start + Self.width, faults.count)])
            let orders = try await place(part.count, from: start)
            _ = try await whole.handle(steps(.charge, orders))
            proxy.arm(part)
            let broken = PaymentStage(
                pool: fixture.orders.pool,
                provider: fixture.provider(
                    at: proxy.url, timeout: timeout, concurrencyMax: Self.width))
            let steps = steps(.reverse, orders)
            _ = try await broken.handle(steps)
            #expect(proxy.waitingCount == 0)
            let reconciler = PaymentReconciler(whole, logger: Logger(label: "test"))
            _ = try await reconciler.reconcile(idleFor: .zero)
            try await check(orders, net: 0, state: "reversed 1", status: .dead)
            // The step comes again, and finds it done.
            let outcomes = try await whole.handle(steps)
            #expect(outcomes.allSatisfy { $0.outputs.first?.kind == .release })
            try await check(orders, net: 0, state: "reversed 1", status: .dead)
        }
        #expect(proxy.firedCount == faults.count, "each fault has broken an exchange")
    }

    @Test func `a charge cut off at any byte is one charge in the end`() async throws {
        try await fixture.cards(customerCount: Self.customerCount)
        let proxy = try await proxy("POST")
        let measured = try await place(1)
        _ = try await fixture.stage(at: proxy.url).handle(steps(.charge, measured))
        let traffic = proxy.traffic
        #expect(traffic.request > 500 && traffic.response > 1000)
        try await charge(faults(traffic), proxy, timeout: .seconds(10))
        try await proxy.stop()
    }

    @Test func `a reversal cut off at any byte gives back once in the end`() async throws {
        try await fixture.cards(customerCount: Self.customerCount)
        let proxy = try await proxy("POST")
        let measured = try await place(1)
        _ = try await fixture.stage().handle(steps(.charge, measured))
        _ = try await fixture.stage(at: proxy.url).handle(steps(.reverse, measured))
        let traffic = proxy.traffic
        #expect(traffic.request > 300 && traffic.response > 300)
        try await reverse(faults(traffic), proxy, timeout: .seconds(10))
        try await proxy.stop()
    }

    @Test func `an exchange that falls silent at a byte is answered in the end`() async throws {
        try await fixture.cards(customerCount: Self.customerCount)
        for isCharge in [true, false] {
            let proxy = try await proxy("POST")
            let measured = try await place(1)
            let stage = fixture.stage(at: proxy.url)
            _ = try await stage.handle(steps(.charge, measured))
            if !isCharge { _ = try await stage.handle(steps(.reverse, measured)) }
            let stalls = stalls(proxy.traffic)
            if isCharge {
                try await charge(stalls, proxy, timeout: .milliseconds(800))
            } else {
                try await reverse(stalls, proxy, timeout: .milliseconds(800))
            }
            try await proxy.stop()
        }
    }

    @Test func `a look-up cut off at any byte is never taken for an answer`() async throws {
        try await fixture.cards(customerCount: Self.customerCount)
        let proxy = try await proxy("GET")
        let order = try await place(1)[0]
        let charge = Charge(
            order: order, attempt: 1, tenant: "acme", customer: "c0",
            amount: Money(minorUnits: 1000))
        let answer = await fixture.provider().charge([charge])[0]
        guard case .charged(let reference) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(
            await fixture.provider(at: proxy.url).standing(of: [charge])
                == [.charged(reference: reference)])
        let faults = faults(proxy.traffic)
        for start in stride(from: 0, to: faults.count, by: Self.width) {
            let part = Array(faults[start..<min(start + Self.width, faults.count)])
            proxy.arm(part)
            let provider = fixture.provider(at: proxy.url, concurrencyMax: Self.width)
            let standings = await provider.standing(
                of: Array(repeating: charge, count: part.count))
            for standing in standings {
                switch standing {
                // The last byte of all came through.
                case .charged(let name): #expect(name == reference)
                case .unknown: break
                case .declined, .reversed, .neverSeen: Issue.record("\(standing)")
                }
            }
        }
        #expect(proxy.firedCount == faults.count)
        try await proxy.stop()
    }
}
