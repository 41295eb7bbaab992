// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// PLACE_ORDER: an order of one item, each under a key of its own.
struct PlaceRequest: BenchRequest {
    /// Makes keys differ from run to run.
    private let run = String(UInt64.random(in: 0 ... .max), radix: 16)
    private var number: UInt64 = 0

    static let tenant = "bench"

    mutating func append(to buffer: inout ByteBuffer, correlation: UInt64) {
        number += 1
        let message = PlaceOrder(
            tenant: Self.tenant, customer: "cust-123", idempotencyKey: "\(run)-\(number)",
            currency: "USD",
            items: [Item(product: "PROD-001", quantity: 2, unitPriceMinor: 1_000)])
        Frame.append(
            message,
            header: FrameHeader(opcode: PlaceOrder.opcode.rawValue, correlation: correlation),
            to: &buffer)
    }

    func isSuccess(_ answer: FrameView) -> Bool { answer.opcode == Opcode.orderPlaced.rawValue }
}
