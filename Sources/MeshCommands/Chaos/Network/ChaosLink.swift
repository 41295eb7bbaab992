// SPDX-License-Identifier: MIT

/// One way between two parts of a mesh, with a proxy in the middle.
struct ChaosLink: Sendable, Hashable, CustomStringConvertible {
    enum Upstream: String, Sendable {
        case broker, limiter, database, orders, http, receiver
        /// Who moves the money, and where it calls back.
        case stripe, webhooks
    }

    let from: String
    let to: Upstream

    var description: String { "\(from)-\(to)" }

    static let clientToOrders = ChaosLink(from: "client", to: .orders)
    static let clientToHTTP = ChaosLink(from: "client", to: .http)
    static let paymentToDatabase = ChaosLink(.paymentd, to: .database)
    static let paymentToStripe = ChaosLink(.paymentd, to: .stripe)
    static let stripeToPayment = ChaosLink(from: "stripe", to: .webhooks)
    static let notificationToReceiver = ChaosLink(.notificationd, to: .receiver)

    private init(from: String, to: Upstream) {
        self.from = from
        self.to = to
    }

    init(_ daemon: MeshDaemon, to upstream: Upstream) {
        self.init(from: daemon.rawValue, to: upstream)
    }

    /// Every way, always in the same sequence: a schedule draws by index.
    static func all(_ provider: ChaosProvider) -> [ChaosLink] {
        [clientToOrders, clientToHTTP, notificationToReceiver]
            + ChaosMesh.daemons.flatMap { daemon in
                upstreams(of: daemon).map { ChaosLink(daemon, to: $0) }
            } + (provider == .stripe ? [paymentToStripe, stripeToPayment] : [])
    }

    static func upstreams(of daemon: MeshDaemon) -> [Upstream] {
        switch daemon {
        case .brokerd, .bridged: []
        case .ratelimitd: [.database]
        case .ingestd: [.broker, .limiter, .database]
        case .notificationd, .fulfillmentd, .paymentd, .inventoryd: [.broker, .database]
        }
    }
}
