// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Orders
import Wire

/// `GET /orders/{id}/events`: the story so far, or a stream of server-sent events until the end.
extension HTTPEdge {
    func events(
        _ request: Request, _ context: OrderRequestContext
    ) async throws -> Response {
        try await admitted(request, context) { customer, trace throws(Refusal) in
            let (id, tenant) = try target(request, context, customer)
            let order = try await desk.order(id, of: tenant)
            if request.headers[.accept]?.contains("text/event-stream") == true {
                // A browser that comes back says how far it has read.
                let last = request.headers[.lastEventID].flatMap { UInt64($0) } ?? 0
                let events = try await desk.events(of: id, tenant: tenant, after: last)
                return stream(events, trace)
            }
            return try response(order.events, trace)
        }
    }

    private func response(_ events: [Event], _ trace: TraceID) throws(Refusal) -> Response {
        do {
            return try Response.json(
                events.map(EventDocument.init), status: .ok, trace: trace)
        } catch {
            throw Refusal(.failed, "The answer cannot be written: \(error)")
        }
    }

    private func stream(_ events: AsyncStream<OrderEvent>, _ trace: TraceID) -> Response {
        let body = ResponseBody { writer in
            for await event in events {
                try await writer.write(Self.text(event.event))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                .correlation: trace.description,
            ],
            body: body)
    }

    /// One event as the WHATWG's event stream has it.
    private static func text(_ event: Event) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        var buffer = ByteBuffer(string: "id: \(event.number)\nevent: \(event.status)\ndata: ")
        buffer.writeBytes(try encoder.encode(EventDocument(event)))
        buffer.writeString("\n\n")
        return buffer
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = token("Last-Event-ID")
}
