// SPDX-License-Identifier: MIT
import SecureTransport
import Wire

/// Who may do what: the tables of `protocol/broker.md` and `protocol/limiter.md`.
enum BridgeAccess {
    /// What a request needs.
    enum Action: Equatable {
        case publish(queue: String)
        case consume(queue: String)
        /// Publish by a settlement of `from`.
        case output(queue: String)
        case seeDepth
        case operate
        case take
        case seePlan(tenant: String)
    }

    static func permits(_ peer: PeerIdentity, _ action: Action) -> Bool {
        switch peer {
        case .operator: true
        case .service(let name): permits(service: name, action)
        case .tenant(let name): action == .seePlan(tenant: name)
        }
    }

    private static func permits(service: String, _ action: Action) -> Bool {
        switch action {
        case .publish(let queue): service == "ingestd" && queue == "inventory"
        case .seeDepth: service == "ingestd"
        case .take, .seePlan: service == "ingestd"
        case .consume(let queue): consumers[queue] == service
        case .output(let queue): outputs[service]?.contains(queue) ?? false
        case .operate: false
        }
    }

    private static let consumers = [
        "inventory": "inventoryd", "payment": "paymentd", "fulfillment": "fulfillmentd",
        "notification": "notificationd",
    ]

    private static let outputs: [String: Set<String>] = [
        "inventoryd": ["payment", "notification"],
        "paymentd": ["fulfillment", "inventory", "notification"],
        "fulfillmentd": ["payment", "notification"],
    ]
}
