// SPDX-License-Identifier: MIT
import Foundation
import NIOCore
import Orders
import Saga
import StageTestSupport
import TestSupport
import Testing
import Wire

@testable import Bridge

@Suite struct FunctionJourneyTests {
    private static let programs: [(program: String, queues: [StageQueue])] = [
        ("inventoryd", [.inventory]), ("paymentd", [.payment]), ("fulfillmentd", [.fulfillment]),
        ("notificationd", [.notification, .notificationRetry]),
    ]

    @Test func `orders go through all four stages as functions, and the sums are right`()
        async throws
    {
        let mesh = try await CloudMesh()
        let webhook = try await HTTPReceiver { _ in .respond(200) }
        try await mesh.tellTenant(at: webhook.url)
        try await mesh.fixture.stock("apple", 100)
        var orders: [OrderID] = []
        for _ in 0..<12 {
            let order = try await mesh.fixture.place(["apple": 2], total: 1000)
            orders.append(order)
            try await mesh.begin(order)
        }
        var functions: [StageFunction] = []
        for (program, _) in Self.programs {
            functions.append(
                try await StageFunction.start(
                    program, in: mesh, changes: ["MESH_WEBHOOK_ADDRESSES": "any"]))
        }
        let told = "SELECT count(*) FROM notifications WHERE delivered_at IS NOT NULL"
        for _ in 0..<40
        where try await mesh.fixture.number("\(told) AND status = 'fulfilled'") < 12 {
            for (function, (_, queues)) in zip(functions, Self.programs) {
                for queue in queues { try await mesh.source(queue).poll(function.lambda) }
            }
        }

        #expect(
            try await mesh.fixture.statuses(orders)
                == [OrderStatus?](repeating: .fulfilled, count: orders.count))
        #expect(try await mesh.fixture.stockOf("apple") == [76, 0, 24])
        #expect(try await mesh.fixture.balance("bob") == [12_000, 12_000])
        #expect(try await mesh.fixture.number("\(told) AND status = 'fulfilled'") == 12)
        #expect(
            try await mesh.fixture.number(told)
                == mesh.fixture.number(
                    "SELECT count(DISTINCT (order_id, status)) FROM notifications"))
        #expect(webhook.requests.count == Int(try await mesh.fixture.number(told)))
        for path in try await mesh.receiptPaths() {
            let receipt = try await mesh.cloud.desk.receipts?.find(path)
            let byteCount = receipt?.body.readableBytes ?? 0
            #expect(byteCount > 0, "\(path)")
        }
        let logs = functions.flatMap(\.process.lastLines)
        let isDone = { (line: String) in
            line.contains("step done") && line.contains("\"aws_request_id\"")
                && line.contains("\"aws_trace_id\":\"Root=1-") && line.contains("\"correlation\"")
        }
        #expect(logs.contains(where: isDone))
        for function in functions { try await function.end() }
        try await webhook.stop()
    }

    @Test func `what stands beside a stage is seen to when the schedule says so`() async throws {
        let mesh = try await CloudMesh()
        try await mesh.fixture.stock("apple", 5)
        let order = try await mesh.fixture.place(["apple": 2])
        let function = try await StageFunction.start("inventoryd", in: mesh)
        try await mesh.begin(order)
        try await mesh.source(.inventory).poll(function.lambda)
        #expect(try await mesh.fixture.stockOf("apple") == [3, 2, 0])
        // Given up long ago, and its release was lost.
        try await mesh.fixture.leaveHeld(order)

        let outcome = await function.lambda.invoke(Array(#"{"source": "aws.events"}"#.utf8))
        #expect(outcome == .answered(failed: []))
        #expect(try await mesh.fixture.stockOf("apple") == [5, 0, 0])
        try await function.end()
    }
}
