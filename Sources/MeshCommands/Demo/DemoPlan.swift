// SPDX-License-Identifier: MIT

/// What the demonstration sends: a mix of orders that follows from a seed.
struct DemoPlan: Sendable {
    static let products = (1...12).map { "PROD-\($0)" }
    static let scarceProduct = "RARE-1"
    static let scarcePieces = 40
    static let customers = (0..<97).map { "cust-\($0)" }
    /// Has next to no credit.
    static let brokeCustomer = "cust-broke"
    static let hastyPlan = (rate: 2, burst: 10)

    /// Tells apart the orders, products and tenants of one run from those of another.
    let run: String
    let orders: [DemoOrder]

    init(run: String, count: Int, seed: UInt64) {
        self.run = run
        var generator = SplitMix(state: seed)
        orders = (0..<count).map { Self.order($0, run: run, using: &generator) }
    }

    func product(_ name: String) -> String { "\(run)-\(name)" }
    func tenant(_ name: String) -> String { "\(name)-\(run)" }

    /// The order at `index`, by the next draws of `generator`.
    static func order(
        _ index: Int, run: String, using generator: inout SplitMix
    ) -> DemoOrder {
        let purpose = purpose(Int.random(in: 0..<1000, using: &generator))
        var items = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            item(products.randomElement(using: &generator) ?? "", run, &generator)
        }
        if purpose == .scarce { items.append(item(scarceProduct, run, &generator)) }
        let isRepeated = purpose != .malformed && Int.random(in: 0..<20, using: &generator) == 0
        let usesHTTP = purpose == .hasty || purpose == .malformed || index % 2 == 0
        return DemoOrder(
            purpose: purpose, route: usesHTTP ? .http : .client,
            tenant: tenant(for: purpose, index: index) + "-\(run)",
            customer: purpose == .broke ? brokeCustomer : customers[index % customers.count],
            key: "\(run)-\(index)", items: items, copies: isRepeated ? 3 : 1)
    }

    private static func purpose(_ draw: Int) -> DemoOrder.Purpose {
        switch draw {
        case ..<60: .scarce
        case ..<120: .broke
        case ..<180: .hasty
        case ..<190: .malformed
        case ..<200: .unreachable
        default: .ordinary
        }
    }

    private static func tenant(for purpose: DemoOrder.Purpose, index: Int) -> String {
        switch purpose {
        case .hasty: "hasty"
        case .unreachable: "silent"
        default: index % 3 == 0 ? "globex" : "acme"
        }
    }

    private static func item(
        _ product: String, _ run: String, _ generator: inout SplitMix
    ) -> DemoOrder.Item {
        DemoOrder.Item(
            product: "\(run)-\(product)", quantity: Int.random(in: 1...5, using: &generator),
            unitPriceMinor: Int.random(in: 99...9999, using: &generator))
    }
}

/// A small generator with a seed (Steele, Lea and Flood, 2014), so that a run can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
