// SPDX-License-Identifier: MIT
import Wire

extension GoldenSuite {
    /// What a client makes of refusals, and of answers that do not come.
    static let refusalCases: [GoldenCase] = [
        again(
            "G-27", ["C-6", "O-2"], "an order whose answer is lost is placed again with its key",
            behind: [.close, .greet()]),
        again(
            "G-28", ["C-4"], "a fatal refusal ends the session",
            behind: [
                .answer("first", GoldenRefusal.reply(.slowReader, .maybeApplied)), .clientCloses,
                .greet(),
            ]),
        again(
            "G-29", ["C-4"], "so does one that answers no request",
            behind: [.vector(.errorFatal), .clientCloses, .greet()]),
        again(
            "G-30", ["H-11"], "an answer that cannot be read fails its request alone",
            behind: [
                .answer("first", GoldenOrders.placed(GoldenOrders.order(1).message).cut())
            ]),
        GoldenCase(
            id: "G-31", rules: ["C-3"],
            title: "a code of a later version is a refusal like others",
            instruction: .place(GoldenOrders.order(1)),
            script: [
                .greet(), GoldenOrders.request(1),
                .answer("first", GoldenRefusal.reply(999, .notApplied).extended()),
            ],
            expectation: .refused(effect: "not_applied")),
        GoldenCase(
            id: "G-32", rules: ["O-3"], title: "what no other try would change stands",
            instruction: .place(GoldenOrders.order(1)),
            script: [
                .greet(), GoldenOrders.request(1),
                .answer("first", GoldenRefusal.reply(.keyConflict, .notApplied)),
            ],
            expectation: .refused(effect: "not_applied", names: ["key_conflict"])),
        GoldenCase(
            id: "G-33", rules: ["C-7", "O-5"],
            title: "whoever is told to wait asks again no sooner",
            instruction: .place(GoldenOrders.order(1)),
            script: [
                .greet(), GoldenOrders.request(1),
                .answer("first", wait(milliseconds: 400)),
                .request(
                    GoldenRequest(PlaceOrder.self, "again") {
                        _, frame, past throws(GoldenFailure) in
                        try GoldenRefusal.checkPause(400, frame, past)
                    }), .place("again"),
            ],
            expectation: GoldenOrders.results(1)),
        GoldenCase(
            id: "G-34", rules: ["C-8"],
            title: "what one try may have done no later refusal undoes",
            instruction: .place(GoldenOrders.order(1), deadlineMilliseconds: 5000),
            script: [
                .greet(), GoldenOrders.request(1), .close, .greet(),
                GoldenOrders.again("again", of: "first"),
                .answer("again", wait(milliseconds: 3_600_000)),
            ],
            expectation: .refused(effect: "maybe_applied")),
    ]

    private static func wait(milliseconds: UInt32) -> GoldenReply {
        GoldenRefusal.reply(.rateLimited, .notApplied, retryAfterMilliseconds: milliseconds)
    }

    /// One order, twice the same request, with something between.
    private static func again(
        _ id: String, _ rules: [String], _ title: String, behind steps: [GoldenStep]
    ) -> GoldenCase {
        GoldenCase(
            id: id, rules: rules, title: title, instruction: .place(GoldenOrders.order(1)),
            script: [.greet(), GoldenOrders.request(1)] + steps + [
                GoldenOrders.again("again", of: "first"), .place("again"),
            ],
            expectation: GoldenOrders.results(1))
    }
}
