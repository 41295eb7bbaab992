// SPDX-License-Identifier: MIT
import SecureTransport
import Sessions

/// Who may do what: the table of `protocol/broker.md`, as in brokerd, and that of
/// `protocol/limiter.md` and `protocol/receipts.md`.
enum BridgeAccess {
    /// What a request needs.
    enum Action: Equatable {
        case queue(String, AccessPolicy.Verbs)
        case take
        case seePlan(tenant: String)
        case setPlan
        case putReceipt
        case getReceipt
    }

    static func permits(_ peer: PeerIdentity, _ action: Action) -> Bool {
        switch (action, peer) {
        case (.queue(let name, let verbs), _):
            AccessPolicy.stages.verbs(of: peer, on: name).isSuperset(of: verbs)
        case (.putReceipt, let peer): peer == .service("fulfillmentd")
        case (_, .operator): true
        case (.getReceipt, let peer): peer == .service("fulfillmentd")
        case (.take, .service("ingestd")), (.seePlan, .service("ingestd")): true
        case (.seePlan(let tenant), .tenant(let name)): tenant == name
        case (.take, _), (.seePlan, _), (.setPlan, _): false
        }
    }
}
