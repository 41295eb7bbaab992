// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Orders
import Wire

/// Orders over HTTP, as the seed's clients send them: `protocol/orders.md`, section HTTP.
struct HTTPEdge: Sendable {
    /// A body that is longer is refused before it is read to the end.
    static let bodyByteCountMax = 1 << 20

    let desk: any OrderDesk
    let clock: any MeshClock
    /// Whose the requests are that name no tenant; nil: they are refused.
    let defaultTenant: TenantID?

    /// The routes; to be served by hummingbird.
    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: UnroutedRefusal(clock: clock))
        router.post("orders") { request, _ in
            try await answer(request) { trace throws(Refusal) in
                try await post(request, trace)
            }
        }
        router.get("orders/:id") { request, context in
            try await answer(request) { trace throws(Refusal) in
                let (id, tenant) = try target(request, context)
                let order = try await desk.order(id, of: tenant)
                return Answer(status: .ok, body: OrderDocument(order))
            }
        }
        router.get("orders/:id/events") { request, context in
            try await events(request, context)
        }
        return router
    }

    /// What a route answers when it does not refuse.
    struct Answer {
        let status: HTTPResponse.Status
        let body: any Encodable & Sendable
        var headers: HTTPFields = [:]
    }

    /// Runs a route under a correlation id; a refusal becomes a problem document.
    private func answer(
        _ request: Request, _ route: (TraceID) async throws(Refusal) -> Answer
    ) async throws -> Response {
        let trace = CorrelationID.of(request.headers, now: clock.now())
        do throws(Refusal) {
            let answer = try await route(trace)
            return try response(answer, trace)
        } catch {
            return try error.response(trace: trace)
        }
    }

    private func response(_ answer: Answer, _ trace: TraceID) throws(Refusal) -> Response {
        do {
            var response = try Response.json(answer.body, status: answer.status, trace: trace)
            response.headers.append(contentsOf: answer.headers)
            return response
        } catch {
            throw Refusal(.failed, "The answer cannot be written: \(error)")
        }
    }

    /// The order that a path and the query parameter `tenant_id` name.
    func target(
        _ request: Request, _ context: BasicRequestContext
    ) throws(Refusal) -> (OrderID, TenantID) {
        guard let id = context.parameters.get("id").flatMap(OrderID.init) else {
            throw Refusal(.unknownOrder, "That is not the id of an order.")
        }
        let name = request.uri.queryParameters.get("tenant_id")
        return (id, try tenant(named: name, at: "tenant_id"))
    }

    func tenant(named name: String?, at pointer: String) throws(Refusal) -> TenantID {
        guard let name else {
            guard let defaultTenant else { throw Refusal(.tenantInvalid, at: pointer) }
            return defaultTenant
        }
        return try Refusal.at(pointer) { () throws(OrderError) in try TenantID(name) }
    }
}
