// SPDX-License-Identifier: MIT
import Hummingbird

/// Stops the clock of a request that is answered: it was read to its end, or as far as anybody wants.
struct RequestEnd: RouterMiddleware {
    let connections: ConnectionBook

    func handle(
        _ request: Request, context: OrderRequestContext,
        next: (Request, OrderRequestContext) async throws -> Response
    ) async throws -> Response {
        defer { connections.requestEnded(on: context.channel) }
        return try await next(request, context)
    }
}
