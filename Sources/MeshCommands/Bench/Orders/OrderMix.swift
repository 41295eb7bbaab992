// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// The orders of one run of the benchmark, and what was answered. Confined to the clients' loop.
final class OrderMix {
    /// An order that the mesh has answered for.
    struct Placed: Sendable {
        let order: UniqueID
        /// When it was sent, or was to be sent.
        let begun: NIODeadline
    }

    /// Tells apart the products and keys of this run from those of another.
    let run: String
    private let countMax: Int
    private(set) var sentCount = 0
    private(set) var answeredCount = 0
    private(set) var placed: [Placed] = []
    private(set) var firstSent: NIODeadline?
    /// What the first order that was not placed was told.
    private(set) var complaint: String?
    private var isOver = false

    static let tenant = "bench"
    static let productCount = 100
    private static let customerCount = 1000

    /// - Parameter countMax: no more orders than so many.
    init(run: String, countMax: Int) {
        self.run = run
        self.countMax = countMax
    }

    var isExhausted: Bool { isOver || sentCount == countMax }
    /// All that was sent is answered, and no more is sent.
    var isDone: Bool { isExhausted && answeredCount == sentCount }
    var refusedCount: Int { answeredCount - placed.count }

    /// Sends no more.
    func end() { isOver = true }

    /// One to three of a hundred products, for one of a thousand customers.
    func next() -> PlaceOrder {
        sentCount += 1
        if firstSent == nil { firstSent = .now() }
        let number = sentCount
        let items = (0...number % 3).map { place in
            Item(
                product: "\(run)-\((number + place * 31) % Self.productCount)",
                quantity: UInt32(1 + (number + place) % 3),
                unitPriceMinor: Int64(500 + number % 500))
        }
        return PlaceOrder(
            tenant: Self.tenant, customer: "cust-\(number % Self.customerCount)",
            idempotencyKey: "\(run)-\(number)", currency: "USD", items: items)
    }

    func placed(_ order: UniqueID, begun: NIODeadline) {
        answeredCount += 1
        placed.append(Placed(order: order, begun: begun))
    }

    func refused(_ complaint: String) {
        answeredCount += 1
        if self.complaint == nil { self.complaint = complaint }
    }
}

/// PLACE_ORDER of a mix.
struct MixedOrderRequest: BenchRequest {
    let mix: OrderMix

    var isExhausted: Bool { mix.isExhausted }

    mutating func append(to buffer: inout ByteBuffer, correlation: UInt64) {
        Frame.append(
            mix.next(),
            header: FrameHeader(opcode: PlaceOrder.opcode.rawValue, correlation: correlation),
            to: &buffer)
    }

    func isSuccess(_ answer: FrameView) -> Bool { answer.opcode == Opcode.orderPlaced.rawValue }

    func answered(_ answer: FrameView, isSuccess: Bool, begun: NIODeadline) {
        let body = ByteBuffer(bytes: answer.body)
        do throws(WireError) {
            if isSuccess {
                mix.placed(try OrderPlaced(body: body).order, begun: begun)
            } else {
                mix.refused(try ErrorReply(body: body).message)
            }
        } catch {
            mix.refused("an answer that is none: \(error)")
        }
    }
}
