// SPDX-License-Identifier: MIT
import Wire

extension GoldenSuite {
    /// A client of the limiter.
    static let limiterCases: [GoldenCase] = [
        taking(
            "G-46", ["L-6"], "a decision is read as it was made",
            [
                .answer(
                    "take",
                    GoldenReply(
                        Taken(decisions: [
                            Decision(
                                granted: false, scope: .tenant, limit: 200, remaining: 1,
                                resetMilliseconds: 995, retryAfterMilliseconds: 10,
                                windowSeconds: 1, held: false)
                        ])))
            ],
            .answered([["granted": false, "remaining": 1, "retry_after_ms": 10]])),
        taking(
            "G-47", ["C-6"], "a take whose answer is lost is not asked for again", [.close],
            .refused(effect: "maybe_applied")),
    ]

    private static func taking(
        _ id: String, _ rules: [String], _ title: String, _ steps: [GoldenStep],
        _ expectation: GoldenExpectation
    ) -> GoldenCase {
        let take = GoldenRequest(Take.self, "take") { take, _, _ throws(GoldenFailure) in
            guard take.takes.count == 1, take.takes[0].tenant == "golden", take.takes[0].cost == 3
            else { throw GoldenFailure("another take than was told: \(take)") }
        }
        return GoldenCase(
            id: id, rules: rules, title: title,
            instruction: GoldenInstruction(
                do: .take, service: "ratelimitd", tenant: "golden", cost: 3),
            script: [.greet(), .request(take)] + steps, expectation: expectation)
    }
}
