// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

extension GoldenSuite {
    /// A client of the broker: what it publishes, what it consumes.
    static let queueCases: [GoldenCase] = [
        publishing(
            "G-39", ["B-1"], "a message is published as it was given",
            [.answer("first", published(isDuplicate: false))], isDuplicate: false),
        publishing(
            "G-40", ["C-6", "B-2"],
            "a message whose answer is lost is published again with its id",
            [.close, .greet(), again, .answer("again", published(isDuplicate: true))],
            isDuplicate: true),
        publishing(
            "G-41", ["C-7", "B-4"], "a full queue is asked again no sooner than it says",
            [
                .answer(
                    "first",
                    GoldenRefusal.reply(.queueFull, .notApplied, retryAfterMilliseconds: 400)),
                .request(
                    GoldenRequest(Publish.self, "again") { _, frame, past throws(GoldenFailure) in
                        try GoldenRefusal.checkPause(400, frame, past)
                    }), .answer("again", published(isDuplicate: false)),
            ], isDuplicate: false),
        consuming(
            "G-42", ["B-6", "B-11"],
            "credit lets no more be unsettled than was told, and settlements carry their token",
            [.greet(), .deliver(GoldenQueue(credit: 2, deliveries: deliveries(1...5)))],
            Array(repeating: "done", count: 5)),
        consuming(
            "G-43", ["B-11"], "a stale lease is told apart, and the next is settled",
            [
                .greet(),
                .deliver(
                    GoldenQueue(
                        credit: 2, deliveries: deliveries(1...3),
                        refused: [2: WireErrorCode.staleLease.rawValue])),
            ], ["done", "stale_lease", "done"]),
        consuming(
            "G-44", ["F-5"], "compressed deliveries are read",
            [
                .greet(),
                .deliver(
                    GoldenQueue(credit: 2, deliveries: deliveries(1...2), isCompressed: true)),
            ], ["done", "done"]),
        consuming(
            "G-45", ["B-10"], "a subscription goes on in the next session",
            [
                .greet(), .deliver(GoldenQueue(credit: 2, deliveries: deliveries(1...2))), .close,
                .greet(), .deliver(GoldenQueue(credit: 2, deliveries: deliveries(3...4))),
            ], Array(repeating: "done", count: 4)),
    ]

    private static let body = "a message"

    private static func publishing(
        _ id: String, _ rules: [String], _ title: String, _ steps: [GoldenStep], isDuplicate: Bool
    ) -> GoldenCase {
        let message = GoldenOrders.id(7)
        let first = GoldenRequest(Publish.self, "first") { publish, _, _ throws(GoldenFailure) in
            guard publish.queue == "payment", publish.message.id == message,
                publish.message.body == ByteBuffer(string: body)
            else { throw GoldenFailure("another message than was to be published: \(publish)") }
        }
        return GoldenCase(
            id: id, rules: rules, title: title,
            instruction: GoldenInstruction(
                do: .publish, service: "brokerd", queue: "payment", id: message.description,
                body: body),
            script: [.greet(), .request(first)] + steps,
            expectation: .answered([["sequence": 41, "duplicate": .flag(isDuplicate)]]))
    }

    private static let again = GoldenStep.request(
        GoldenRequest(Publish.self, "again") { _, frame, past throws(GoldenFailure) in
            guard frame.plain == (try past["first"]).plain else {
                throw GoldenFailure("[C-6] another try is not the same request")
            }
        })

    private static func published(isDuplicate: Bool) -> GoldenReply {
        GoldenReply(Published(sequence: 41, duplicate: isDuplicate))
    }

    private static func consuming(
        _ id: String, _ rules: [String], _ title: String, _ script: [GoldenStep],
        _ outcomes: [String]
    ) -> GoldenCase {
        GoldenCase(
            id: id, rules: rules, title: title,
            instruction: GoldenInstruction(
                do: .consume, service: "brokerd", queue: "payment", credit: 2,
                count: outcomes.count),
            script: script,
            expectation: .answered(
                outcomes.enumerated().map { index, outcome in
                    [
                        "id": .text(GoldenOrders.id(UInt64(index + 1)).description),
                        "body": .text(text(UInt64(index + 1))), "settled": .text(outcome),
                    ]
                }))
    }

    private static func deliveries(_ numbers: ClosedRange<UInt64>) -> [Delivery] {
        numbers.map { number in
            Delivery(
                sequence: number, token: 5000 + number, attempt: 1, attemptsMax: 4, acquired: 1,
                leaseMilliseconds: 30_000, publishedMilliseconds: 1_795_456_800_000,
                message: Envelope(
                    id: GoldenOrders.id(number), trace: .zero, group: .zero, tenant: "golden",
                    priority: .normal, notBeforeMilliseconds: 0,
                    body: ByteBuffer(string: text(number))))
        }
    }

    private static func text(_ number: UInt64) -> String {
        String(repeating: "message \(number) ", count: 50)
    }
}
