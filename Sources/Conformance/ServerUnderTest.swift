// SPDX-License-Identifier: MIT
package import Sessions

/// A server that is tried, and how long its answers may take.
package struct ServerUnderTest: Sendable {
    /// What it serves beside sessions.
    package enum Role: String, Sendable {
        case broker
        case limiter
    }

    package let role: Role
    package let endpoint: MeshEndpoint
    /// What it keeps besides: `keys`, `receipts`.
    package let besides: Set<ConformanceCase.Scope>
    /// How long an answer may take before it counts as missing.
    package let patience: Duration
    /// How long nothing must come before it counts as never coming.
    package let quiet: Duration

    package init(
        _ role: Role, at endpoint: MeshEndpoint, besides: Set<ConformanceCase.Scope> = [],
        patience: Duration = .seconds(20), quiet: Duration = .seconds(1)
    ) {
        self.role = role
        self.endpoint = endpoint
        self.besides = besides
        self.patience = patience
        self.quiet = quiet
    }

    /// Which cases make sense with it.
    func serves(_ scope: ConformanceCase.Scope) -> Bool {
        switch scope {
        case .session: true
        case .broker: role == .broker
        case .limiter: role == .limiter
        case .keys, .receipts: besides.contains(scope)
        }
    }
}
