// SPDX-License-Identifier: MIT
import HTTPTypes
import Hummingbird
import Orders
import Wire

/// Refuses what no route serves, with a problem like any other: 405 where another method would
/// serve, 404 elsewhere.
struct UnroutedRefusal<Context: RequestContext>: RouterMiddleware {
    let clock: any MeshClock

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return try refuse(request)
        }
    }

    private func refuse(_ request: Request) throws -> Response {
        let trace = CorrelationID.of(request.headers, now: clock.now())
        guard let method = Self.method(at: request.uri.path) else {
            return try Refusal(.unknownOpcode, "There is nothing at this path.")
                .response(trace: trace, status: .notFound)
        }
        let refusal = Refusal(.unknownOpcode, "Only \(method) is served at this path.")
        var response = try refusal.response(trace: trace, status: .methodNotAllowed)
        response.headers[.allow] = method.rawValue
        return response
    }

    /// The one method of each path of `HTTPEdge.router`.
    private static func method(at path: String) -> HTTPRequest.Method? {
        let parts = path.split(separator: "/")
        if parts == ["openapi.json"] { return .get }
        guard parts.first == "orders" else { return nil }
        switch parts.count {
        case 1: return .post
        case 2: return .get
        case 3 where parts[2] == "events": return .get
        default: return nil
        }
    }
}
