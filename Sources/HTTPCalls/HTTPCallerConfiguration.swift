// SPDX-License-Identifier: MIT

/// What holds for all calls of one `HTTPCaller`.
package struct HTTPCallerConfiguration: Sendable {
    package var addressPolicy: AddressPolicy = .any
    /// Connections open at once, to all peers.
    package var connectionCountMax = 64
    /// Connections open at once to one peer, so that a slow one cannot take them all.
    package var connectionCountPerHostMax = 16
    /// Calls under way, those that wait for a connection included; one more is refused.
    package var waitingCountMax = 1_024
    /// PEM file of the authorities to trust in place of the system's.
    package var trustRoots: String?
    /// Sent as User-Agent.
    package var userAgent = "order-mesh"

    package init(addressPolicy: AddressPolicy = .any) {
        self.addressPolicy = addressPolicy
    }
}
