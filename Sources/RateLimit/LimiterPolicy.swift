// SPDX-License-Identifier: MIT
package import SecureTransport

/// Who may ask the limiter for what: the table in `protocol/limiter.md`.
package enum LimiterPolicy {
    package static func mayTake(_ peer: PeerIdentity) -> Bool {
        switch peer {
        case .service(let name): name == "ingestd"
        case .operator: true
        case .tenant: false
        }
    }

    package static func mayPeek(_ peer: PeerIdentity, at tenant: String) -> Bool {
        switch peer {
        case .tenant(let name): name == tenant
        case .service, .operator: mayTake(peer)
        }
    }

    package static func maySetPlan(_ peer: PeerIdentity) -> Bool {
        switch peer {
        case .operator: true
        case .service, .tenant: false
        }
    }
}
