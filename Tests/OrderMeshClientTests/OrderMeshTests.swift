// SPDX-License-Identifier: MIT

import OrderMeshClient
import Sessions
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct OrderMeshTests {
    private static let order = MeshOrderRequest(
        customer: "c-1", items: [MeshOrderItem(product: "p-1", quantity: 2, unitPriceMinor: 999)])

    @Test func `an order placed without a key gets one`() async throws {
        let ingest = try await ScriptedIngest([.accept])
        try await OrderMesh.withMesh(try ingest.configuration()) { mesh in
            let placement = try await mesh.place(Self.order)
            #expect(placement.status == .accepted)
            #expect(placement.order == MeshOrderID("00000000-0000-0001-0000-000000000002"))
            #expect([placement.idempotencyKey] == ingest.keys.withLock { $0 })
        }
    }

    @Test func `every retry carries the same key, whatever went wrong`() async throws {
        let soon = Duration.milliseconds(1)
        let ingest = try await ScriptedIngest([
            .refuse(ErrorReply(.rateLimited, retryAfter: soon, message: "")), .drop,
            .refuse(ErrorReply(.overloaded, retryAfter: soon, message: "")),
            .refuse(ErrorReply(.keyInProgress, retryAfter: soon, message: "")), .accept,
        ])
        try await OrderMesh.withMesh(try ingest.configuration()) { mesh in
            _ = try await mesh.place(Self.order)
        }
        let keys = ingest.keys.withLock { $0 }
        #expect(keys.count == 5)
        #expect(Set(keys).count == 1)
    }

    @Test(arguments: [
        (WireErrorCode.invalidOrder, OrderMeshError.Code.invalidOrder),
        (.keyConflict, .keyConflict), (.notPermitted, .notPermitted), (.unsupported, .failed),
    ])
    func `what no retry would change is thrown at once`(
        _ wire: WireErrorCode, _ code: OrderMeshError.Code
    ) async throws {
        let ingest = try await ScriptedIngest([.refuse(ErrorReply(wire, message: "no"))])
        try await OrderMesh.withMesh(try ingest.configuration()) { mesh in
            let error = await #expect(throws: OrderMeshError.self) {
                try await mesh.place(Self.order)
            }
            #expect(error?.code == code)
            #expect(error?.mayHaveBeenApplied == false)
        }
        #expect(ingest.keys.withLock { $0.count } == 1)
    }

    @Test func `a wait beyond the deadline is not begun`() async throws {
        let ingest = try await ScriptedIngest([
            .refuse(ErrorReply(.rateLimited, retryAfter: .seconds(3600), message: ""))
        ])
        try await OrderMesh.withMesh(try ingest.configuration()) { mesh in
            let error = await #expect(throws: OrderMeshError.self) {
                try await mesh.place(Self.order)
            }
            #expect(error?.code == .rateLimited)
            #expect(error?.retryAfter == .seconds(3600))
        }
    }

    @Test func `a later refusal does not undo a try that may have been applied`() async throws {
        let ingest = try await ScriptedIngest([
            .drop, .refuse(ErrorReply(.rateLimited, retryAfter: .seconds(3600), message: "")),
        ])
        try await OrderMesh.withMesh(try ingest.configuration()) { mesh in
            let error = await #expect(throws: OrderMeshError.self) {
                try await mesh.place(Self.order)
            }
            #expect(error?.code == .rateLimited)
            #expect(error?.mayHaveBeenApplied == true)
        }
    }

    @Test func `a customer longer than its field is refused before it is sent`() async throws {
        let ingest = try await ScriptedIngest([])
        try await OrderMesh.withMesh(try ingest.configuration()) { mesh in
            var order = Self.order
            order.customer = String(repeating: "a", count: 129)
            let error = await #expect(throws: OrderMeshError.self) { try await mesh.place(order) }
            #expect(error?.code == .invalidOrder)
        }
        #expect(ingest.keys.withLock { $0.isEmpty })
    }

    @Test func `a watch ends with the final event`() async throws {
        let ingest = try await ScriptedIngest([.events([1, 2, 3], isFinal: true)])
        #expect(try await watched(ingest) == [1, 2, 3])
    }

    @Test func `a watch goes on after its last event when the connection is lost`() async throws {
        let ingest = try await ScriptedIngest([
            .eventsThenDrop([1, 2]), .events([2, 3, 4], isFinal: true),
        ])
        #expect(try await watched(ingest) == [1, 2, 3, 4])
        #expect(ingest.afters.withLock { $0.last } == 2)
    }

    @Test func `a watch of an order that is not there throws`() async throws {
        let ingest = try await ScriptedIngest([.refuse(ErrorReply(.unknownOrder, message: ""))])
        let error = await #expect(throws: OrderMeshError.self) { try await watched(ingest) }
        #expect(error?.code == .unknownOrder)
    }

    private func watched(_ ingest: ScriptedIngest) async throws -> [UInt64] {
        try await OrderMesh.withMesh(try ingest.configuration()) { mesh in
            let placement = MeshOrderID("00000000-0000-0001-0000-000000000002")
            var numbers: [UInt64] = []
            for try await event in mesh.watch(try #require(placement)) {
                numbers.append(event.number)
            }
            return numbers
        }
    }
}
