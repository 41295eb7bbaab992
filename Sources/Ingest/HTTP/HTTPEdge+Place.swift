// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Orders
import Wire

/// `POST /orders`.
extension HTTPEdge {
    func post(
        _ request: Request, _ customer: Customer, _ trace: TraceID
    ) async throws(Refusal) -> Answer {
        let body = try OrderRequestBody.decode(try await bytes(of: request))
        let tenant = try customer.tenant(named: body.tenantID, at: "/tenant_id")
        // Whether it is needed or not, a key that cannot be one is a mistake.
        let key = try key(request, body)
        switch body.action {
        case nil, "place_order":
            let order = try body.order(tenant: tenant, key: key)
            return try answer(
                await desk.place(order, trace: trace, until: .distantFuture), to: order)
        case "check_rate_limit":
            let quota = try await desk.quota(of: tenant)
            var answer = Answer(status: .ok, body: QuotaDocument(tenant, quota))
            answer.headers.add(quota)
            return answer
        case .some(let action):
            let detail = "No such action: \(action.prefix(64))."
            throw Refusal(
                .invalidOrder, detail,
                fields: [.init(pointer: "/action", code: "unknown_action", detail: detail)])
        }
    }

    private func answer(
        _ answer: PlaceAnswer, to order: PlacedOrder
    ) throws(Refusal) -> Answer {
        switch answer {
        case .accepted(let placement):
            return self.answer(placement, to: order, status: .accepted)
        case .replayed(let placement):
            var answer = self.answer(placement, to: order, status: .ok)
            answer.headers[.idempotencyReplayed] = "true"
            return answer
        case .refused(let refusal): throw refusal
        }
    }

    private func answer(
        _ placement: Placement, to order: PlacedOrder, status: HTTPResponse.Status
    ) -> Answer {
        var answer = Answer(status: status, body: PlacementDocument(placement, order))
        if let quota = placement.quota { answer.headers.add(quota) }
        answer.headers[.location] = "/orders/\(placement.order)?tenant_id=\(order.tenant.text)"
        return answer
    }

    // MARK: - The request

    private func bytes(of request: Request) async throws(Refusal) -> ByteBufferView {
        if let type = request.headers[.contentType], !Self.isJSON(type) {
            throw Refusal(.unsupported, "The body must be application/json, not \(type).")
        }
        do {
            let body = try await request.body.collect(upTo: Self.bodyByteCountMax)
            return body.readableBytesView
        } catch is NIOTooManyBytesError {
            throw Refusal(
                .messageTooLarge, "A body has at most \(Self.bodyByteCountMax) bytes.")
        } catch {
            throw Refusal(.badMessage, "The body did not arrive whole.")
        }
    }

    /// `application/json`, with parameters or without.
    private static func isJSON(_ type: String) -> Bool {
        let name = type.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
        return name.lowercased() == "application/json"
    }

    /// The idempotency key of the header or of the body, which must agree; a new one when there is
    /// neither. Not made from the correlation id: a client may well send several orders under one.
    private func key(
        _ request: Request, _ body: OrderRequestBody
    ) throws(Refusal) -> IdempotencyKey {
        // The draft has the header as a structured string: quotes are not part of the key.
        let header = request.headers[.idempotencyKey].map { text in
            text.hasPrefix("\"") && text.hasSuffix("\"") && text.utf8.count > 1
                ? String(text.dropFirst().dropLast()) : text
        }
        if let header, let named = body.idempotencyKey, header != named {
            let detail = "The header Idempotency-Key and the body's idempotency_key differ."
            throw Refusal(
                .invalidOrder, detail,
                fields: [
                    .init(pointer: "/idempotency_key", code: "keys_differ", detail: detail)
                ])
        }
        let text = header ?? body.idempotencyKey ?? "auto-\(UniqueID.make(at: clock.now()))"
        return try Refusal.at("/idempotency_key") { () throws(OrderError) in
            try IdempotencyKey(text)
        }
    }
}

extension UniqueID {
    fileprivate static func make(at now: MeshInstant) -> UniqueID {
        var generator = SystemRandomNumberGenerator()
        return .version7(milliseconds: now.milliseconds, using: &generator)
    }
}
