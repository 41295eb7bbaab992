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
    let doorkeeper: Doorkeeper

    /// The routes; to be served by hummingbird.
    func router() -> Router<OrderRequestContext> {
        let router = Router(context: OrderRequestContext.self)
        router.add(middleware: RequestEnd(connections: doorkeeper.connections))
        router.add(middleware: UnroutedRefusal(clock: clock))
        router.post("orders") { request, context in
            try await answer(request, context) { customer, trace throws(Refusal) in
                try await post(request, customer, trace)
            }
        }
        router.get("orders/:id") { request, context in
            try await answer(request, context) { customer, _ throws(Refusal) in
                let (id, tenant) = try target(request, context, customer)
                let order = try await desk.order(id, of: tenant)
                return Answer(status: .ok, body: OrderDocument(order))
            }
        }
        router.get("orders/:id/events") { request, context in
            try await events(request, context)
        }
        router.get("openapi.json") { request, _ in
            APIDescription.response(trace: CorrelationID.of(request.headers, now: clock.now()))
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
        _ request: Request, _ context: OrderRequestContext,
        _ route: (Customer, TraceID) async throws(Refusal) -> Answer
    ) async throws -> Response {
        try await admitted(request, context) { customer, trace throws(Refusal) in
            try response(try await route(customer, trace), trace)
        }
    }

    /// Runs `body` for who the request comes from; nobody that must be known gets 401.
    func admitted(
        _ request: Request, _ context: OrderRequestContext,
        _ body: (Customer, TraceID) async throws(Refusal) -> Response
    ) async throws -> Response {
        let trace = CorrelationID.of(request.headers, now: clock.now())
        let customer: Customer
        do throws(Unauthenticated) {
            customer = try doorkeeper.customer(request, on: context.channel)
        } catch {
            var response = try Refusal(.notPermitted, error.detail)
                .response(trace: trace, status: .unauthorized)
            response.headers[.wwwAuthenticate] = "Bearer"
            return response
        }
        do throws(Refusal) {
            return try await body(customer, trace)
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
        _ request: Request, _ context: OrderRequestContext, _ customer: Customer
    ) throws(Refusal) -> (OrderID, TenantID) {
        guard let id = context.parameters.get("id").flatMap(OrderID.init) else {
            throw Refusal(.unknownOrder, "That is not the id of an order.")
        }
        let name = request.uri.queryParameters.get("tenant_id")
        return (id, try customer.tenant(named: name, at: "tenant_id"))
    }
}
