// SPDX-License-Identifier: MIT
import Wire

extension GoldenSuite {
    /// Requests and answers, limits, liveness, the end.
    static let sessionCases: [GoldenCase] = [
        GoldenCase(
            id: "G-9", rules: ["H-9"],
            title: "answers in another order find their requests by correlation",
            instruction: .place(
                GoldenOrders.order(1), GoldenOrders.order(2), GoldenOrders.order(3), atOnce: true),
            script: [
                .greet(), GoldenOrders.anyRequest("a"), GoldenOrders.anyRequest("b"),
                GoldenOrders.anyRequest("c"), .place("c"), .place("b"), .place("a"),
            ],
            expectation: GoldenOrders.results(1, 2, 3)),
        GoldenCase(
            id: "G-10", rules: ["H-7"],
            title: "no more requests are in flight than the server takes",
            instruction: .place(
                GoldenOrders.order(1), GoldenOrders.order(2), GoldenOrders.order(3),
                GoldenOrders.order(4), atOnce: true),
            script: [
                .greet(GoldenGreeting(inFlightMax: 2)), GoldenOrders.anyRequest("a"),
                GoldenOrders.anyRequest("b"), .ping(token: 1), .place("b"),
                GoldenOrders.anyRequest("c"), .ping(token: 2), .place("a"),
                GoldenOrders.anyRequest("d"), .ping(token: 3), .place("c"), .place("d"),
            ],
            expectation: GoldenOrders.results(1, 2, 3, 4)),
        GoldenCase(
            id: "G-11", rules: ["H-7"], title: "a request longer than the server takes is not sent",
            instruction: .place(GoldenOrders.order(1, lineCount: 100)),
            script: [.greet(GoldenGreeting(frameByteCountMax: 1024))],
            expectation: .refused(effect: "not_applied")),
        GoldenCase(
            id: "G-12", rules: ["C-2"],
            title: "an answer to nobody and a push that nobody knows are skipped",
            instruction: .place(GoldenOrders.order(1)),
            script: [
                .greet(), GoldenOrders.request(1),
                .answerNobody(GoldenOrders.placed(GoldenOrders.order(2).message)),
                .push(.push(Drain(graceMilliseconds: 1)).unknown()),
                .push(.push(GoldenWatches.event(1, "accepted", of: 9))), .place("first"),
            ],
            expectation: GoldenOrders.results(1)),
        GoldenCase(
            id: "G-13", rules: ["H-13"], title: "PING is answered by PONG with the same token",
            instruction: .place(GoldenOrders.order(1)),
            script: [
                .greet(), .ping(token: 0x0123_4567_89AB_CDEF), GoldenOrders.request(1),
                .ping(token: .max), .place("first"),
            ],
            expectation: GoldenOrders.results(1)),
        GoldenCase(
            id: "G-14", rules: ["C-5"],
            title: "after DRAIN the answer is taken, and what is new is asked elsewhere",
            instruction: .place(GoldenOrders.order(1), GoldenOrders.order(2)),
            script: [
                .greet(), GoldenOrders.request(1), .vector(.drain), .place("first"),
                .greet(), GoldenOrders.request(2, "second"), .place("second"),
            ],
            expectation: GoldenOrders.results(1, 2)),
        GoldenCase(
            id: "G-15", rules: ["H-12"], title: "a deadline is sent, and kept",
            instruction: .place(GoldenOrders.order(1), deadlineMilliseconds: 1000),
            script: [
                .greet(),
                .request(
                    GoldenRequest(PlaceOrder.self) { _, frame, _ throws(GoldenFailure) in
                        let deadline = frame.header.deadlineMilliseconds
                        guard (1...1000).contains(deadline) else {
                            throw GoldenFailure("a deadline of \(deadline) ms, of 1000 at most")
                        }
                    }),
            ],
            expectation: .refused(effect: "maybe_applied")),
    ]
}
