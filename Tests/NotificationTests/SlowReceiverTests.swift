// SPDX-License-Identifier: MIT

import Orders
import Pipeline
import Saga
import TestSupport
import Testing

@testable import Notification

/// Real receivers, some of which never come to an end. Calls may take an hour here: what waited for
/// one of the slow would not end within the test.
@Suite(.timeLimit(.minutes(2))) struct SlowReceiverTests {
    private typealias World = NotificationWorld

    private static var endless: World.Options {
        var options = World.Options()
        options.timeout = .seconds(3_600)
        options.patience = .seconds(2)
        return options
    }

    @Test func `one that is silent and one that trickles hold up none of twenty good ones`()
        async throws
    {
        let silent = try await HTTPReceiver { _ in .silence }
        let trickling = try await HTTPReceiver { _ in .trickle }
        let good = try await HTTPReceiver { _ in .respond(200) }
        try await World.with(Self.endless) { world in
            try await world.subscribe("silent", silent.url)
            try await world.subscribe("trickling", trickling.url)
            for number in 0..<20 {
                try await world.subscribe("good-\(number)", good.url + "/\(number)")
            }
            var steps: [Step] = []
            for round in 0..<12 {
                steps.append(try await world.step(tenant: "silent"))
                steps.append(try await world.step(tenant: "trickling"))
                for number in 0..<20 where round < 3 {
                    steps.append(try await world.step(tenant: "good-\(number)"))
                }
            }
            let outcomes = try await world.handler.handle(steps)
            for (step, outcome) in zip(steps, outcomes) {
                #expect(outcome.verdict == .acknowledge)
                let isGood = step.delivery.tenant.hasPrefix("good")
                #expect(outcome.outputs.count == (isGood ? 0 : 1), "\(step.delivery.tenant)")
            }
            #expect(good.requests.count == 60)
            // The slow hold their own lanes and nothing else; those in line there were never begun.
            #expect(silent.requests.count == 8)
            #expect(trickling.requests.count == 8)
            // With all their slots taken they still hold up nobody, in neither queue.
            let tell = try #require(outcomes[0].outputs.first)
            let next = [World.retry(tell, of: steps[0]), try await world.step(tenant: "good-7")]
            let later = try await world.retrying.handle(next)
            #expect(later[0].outputs.map(\.kind) == [.tell])
            #expect(later[1] == .done())
        }
        for receiver in [silent, trickling, good] { try await receiver.stop() }
    }

    @Test func `a call that ends after its batch is recorded, and not made again`() async throws {
        let gate = Gate()
        let receiver = try await HTTPReceiver { _ in .respondBehind(gate, 200) }
        var options = World.Options()
        options.timeout = .seconds(60)
        options.patience = .milliseconds(200)
        try await World.with(options) { world in
            try await world.subscribe("acme", receiver.url)
            let step = try await world.step()
            let tell = try #require(try await world.handler.handle([step])[0].outputs.first)
            #expect(try await world.records(step) == [["webhook", "0", "false"]])
            gate.open()
            #expect(
                try await World.eventually {
                    try await world.records(step) == [["webhook", "200", "true"]]
                })
            #expect(try await world.retrying.handle([World.retry(tell, of: step)]) == [.done()])
            #expect(receiver.requests.count == 1)
            #expect(
                try await world.events(step) == [
                    "notification: webhook to \(receiver.url) delivered: receiver answered 200"
                ])
        }
        try await receiver.stop()
    }

    @Test func `one that fails again and again is left alone, and others are not`() async throws {
        let bad = try await HTTPReceiver { _ in .respond(500) }
        let good = try await HTTPReceiver { _ in .respond(200) }
        try await World.with { world in
            try await world.subscribe("bad", bad.url)
            try await world.subscribe("good", good.url)
            for _ in 0..<EndpointBreaker.failureCountMax {
                _ = try await world.handler.handle([try await world.step(tenant: "bad")])
            }
            #expect(bad.requests.count == EndpointBreaker.failureCountMax)
            let steps = [
                try await world.step(tenant: "bad"), try await world.step(tenant: "good"),
            ]
            let outcomes = try await world.handler.handle(steps)
            let notice = try #require(outcomes[0].outputs.first?.notice)
            #expect(notice.delay == World.pause)
            #expect(outcomes[1] == .done())
            #expect(bad.requests.count == EndpointBreaker.failureCountMax)
        }
        try await bad.stop()
        try await good.stop()
    }
}
