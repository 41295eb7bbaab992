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
                let watch = try desk.watch(id, of: tenant, after: last)
                return stream(watch, to: request, trace)
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

    /// The watch ends with the stream, and with the client's own side of the connection.
    private func stream(
        _ watch: WatchHub.Watch, to request: Request, _ trace: TraceID
    ) -> Response {
        let body = ResponseBody { [desk] writer in
            defer { desk.end(watch.id) }
            try await request.body.consumeWithInboundCloseHandler { _ in
                for await news in watch.news { try await writer.write(Self.text(news)) }
            } onInboundClosed: {
                desk.end(watch.id)
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

    /// One event as the WHATWG's event stream has it, or a comment.
    private static func text(_ news: WatchHub.News) throws -> ByteBuffer {
        switch news {
        case .event(let event): try text(event.event)
        case .silence: ByteBuffer(string: ":\n\n")
        }
    }

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
