// SPDX-License-Identifier: MIT

import SecureTransport
import Testing

@Suite struct PeerIdentityTests {
    @Test(arguments: [
        (PeerIdentity.service("paymentd"), "spiffe://order-mesh/service/paymentd"),
        (.tenant("acme-1.b_c"), "spiffe://order-mesh/tenant/acme-1.b_c"),
        (.operator("alice"), "spiffe://order-mesh/operator/alice"),
    ])
    func `an identity reads back from its URI`(_ identity: PeerIdentity, _ uri: String) {
        #expect(identity.description == uri)
        #expect(PeerIdentity(uri: uri) == identity)
    }

    @Test(arguments: [
        "", "spiffe://order-mesh/service", "spiffe://order-mesh/service/",
        "spiffe://order-mesh/service/a/b",
        "spiffe://order-mesh/robot/a", "spiffe://elsewhere/service/a",
        "spiffe://order-mesh/tenant/Acme",
        "spiffe://order-mesh/tenant/a%2f", "https://order-mesh/tenant/a",
        "spiffe://order-mesh/tenant/" + String(repeating: "a", count: 65),
    ])
    func `any other URI is no identity`(_ uri: String) {
        #expect(PeerIdentity(uri: uri) == nil)
    }
}
