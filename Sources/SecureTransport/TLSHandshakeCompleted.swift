// SPDX-License-Identifier: MIT

/// Fired by `TLSHandler` as a user inbound event, once, before the first decrypted byte.
package struct TLSHandshakeCompleted: Sendable, Equatable {
    /// Who the peer is; never nil where the policy requires a certificate.
    package let peer: PeerIdentity?
    /// The application protocol agreed on; never nil where the policy requires one.
    package let applicationProtocol: String?

    package init(peer: PeerIdentity?, applicationProtocol: String?) {
        self.peer = peer
        self.applicationProtocol = applicationProtocol
    }
}
