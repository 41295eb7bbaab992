// SPDX-License-Identifier: MIT
package import Orders

/// What a key stands for since its first use.
package struct KeyClaim: Equatable, Sendable {
    package let fingerprint: Fingerprint
    package let order: OrderID
    package let trace: TraceID
    /// From then on the key is free again.
    package let expiresAt: MeshInstant

    /// How long a key is remembered.
    package static let lifetime: Duration = .seconds(7 * 24 * 3600)

    package init(
        fingerprint: Fingerprint, order: OrderID, trace: TraceID, expiresAt: MeshInstant
    ) {
        self.fingerprint = fingerprint
        self.order = order
        self.trace = trace
        self.expiresAt = expiresAt
    }
}
