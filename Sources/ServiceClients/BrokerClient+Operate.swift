// SPDX-License-Identifier: MIT
package import Sessions
package import Wire

// What operators ask; `ingestd` may set weights besides.
extension BrokerClient {
    /// A page of the dead letters that match; nothing is touched.
    package func search(_ request: DeadLetters) async throws(CallError) -> DeadLettersOK {
        try await call(request)
    }

    /// Makes dead letters ready again, as many as one request may; `more` says to ask again.
    package func redrive(_ request: Redrive) async throws(CallError) -> Redriven {
        try await call(request)
    }

    /// Has a queue deliver nothing until it is resumed, also after a restart.
    package func pause(_ queue: String, who: String, why: String) async throws(CallError) {
        let _: Paused = try await call(Pause(queue: queue, who: who, why: why))
    }

    package func resume(_ queue: String, who: String, why: String) async throws(CallError) {
        let _: Resumed = try await call(Resume(queue: queue, who: who, why: why))
    }

    /// Throws messages away, as many as one request may; `more` says to ask again.
    package func purge(_ request: Purge) async throws(CallError) -> Purged {
        try await call(request)
    }

    /// Tenants' shares, of those that have not the usual one.
    package func weights() async throws(CallError) -> [TenantWeight] {
        let reply: Weights = try await call(GetWeights())
        return reply.weights
    }

    /// Changes the shares of tenants; all that differ from the usual one come back.
    package func setWeights(_ request: SetWeights) async throws(CallError) -> [TenantWeight] {
        let reply: Weights = try await call(request)
        return reply.weights
    }

    /// What was done to the broker, newest first.
    package func acts(
        before: UInt64 = 0, limit: UInt32 = UInt32(WireLimits.auditCountMax)
    ) async throws(CallError) -> [AuditEntry] {
        let reply: AuditOK = try await call(Audit(before: before, limit: limit))
        return reply.entries
    }
}
