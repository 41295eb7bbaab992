// SPDX-License-Identifier: MIT
import SecureTransport
import Sessions

/// Who may do what: the tables of `protocol/access.md`, as in brokerd and ratelimitd.
enum BridgeAccess {
    /// What a request needs.
    enum Action: Equatable {
        case queue(String, AccessPolicy.Verbs)
        case take
        case seePlan(tenant: String)
        case setPlan
        case putReceipt
        case getReceipt
        case claimKeys
        case listKeys
    }

    static func permits(_ peer: PeerIdentity, _ action: Action) -> Bool {
        let policy = AccessPolicy.stages
        return switch action {
        case .queue(let name, let verbs): policy.verbs(of: peer, on: name).isSuperset(of: verbs)
        case .take: policy.mayTake(peer)
        case .seePlan(let tenant): policy.mayPeek(peer, at: tenant)
        case .setPlan: policy.maySetPlan(peer)
        case .putReceipt: policy.mayPutReceipt(peer)
        case .getReceipt: policy.mayGetReceipt(peer)
        case .claimKeys: policy.mayClaimKeys(peer)
        case .listKeys: policy.mayListKeys(peer)
        }
    }
}
