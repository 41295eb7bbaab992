// SPDX-License-Identifier: MIT
import Orders
import Testing

@testable import MeshCommands

@Suite struct ChaosAnswersTests {
    private let answers = ChaosAnswers()
    private let first = UniqueID(high: 1, low: 1)
    private let second = UniqueID(high: 1, low: 2)
    private let order = DemoOrder(
        purpose: .ordinary, route: .http, tenant: "t", customer: "c", key: "k", items: [],
        copies: 2)

    private func outcome(_ given: DemoAnswer?...) -> ChaosOutcome {
        var outcome = ChaosOutcome()
        for answer in given { outcome.add(answer) }
        return outcome
    }

    @Test func `copies that became one order are one that was accepted`() {
        answers.answered(
            outcome(
                .accepted(first, isReplayed: false), .accepted(first, isReplayed: true), nil),
            to: order)
        #expect(answers.breaches == [])
        #expect(answers.accepted(after: 0).map(\.order) == [first])
        #expect(answers.accepted(after: 1).isEmpty)
        #expect(answers.counts.replayed == 1)
    }

    @Test func `two orders under one key are a breach, at once and later`() {
        answers.answered(
            outcome(.accepted(first, isReplayed: false), .accepted(second, isReplayed: false)),
            to: order)
        #expect(answers.breaches.count == 1)
        let accepted = answers.accepted(after: 0)[0]
        answers.repeated(.accepted(second, isReplayed: true), of: accepted)
        #expect(answers.breaches.count == 2)
    }

    @Test func `another order taken under a key is a breach, refused it is not`() {
        answers.answered(outcome(.accepted(first, isReplayed: false)), to: order)
        let accepted = answers.accepted(after: 0)[0]
        answers.contradicted(.refused(code: "key_conflict"), of: accepted)
        #expect(answers.breaches == [])
        answers.contradicted(.accepted(first, isReplayed: true), of: accepted)
        #expect(answers.breaches.count == 1)
    }

    @Test func `no answer is something else than a refusal`() {
        answers.answered(outcome(nil, .refused(code: "rate_limited")), to: order)
        answers.answered(outcome(.refused(code: "rate_limited")), to: order)
        #expect(answers.counts.unanswered == 1 && answers.counts.refused == 1)
    }
}
