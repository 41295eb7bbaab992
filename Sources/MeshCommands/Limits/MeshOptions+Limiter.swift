// SPDX-License-Identifier: MIT
import ServiceClients

extension MeshOptions {
    /// Runs `body` with a client of the limiter, or of the bridge in its place.
    func withLimiter<T: Sendable>(
        _ body: @escaping @Sendable (LimiterClient) async throws -> T
    ) async throws -> T {
        try await withConnection(to: "ratelimitd") { try await body(LimiterClient($0)) }
    }
}
