// SPDX-License-Identifier: MIT

import HTTPCalls
import Orders
import Pipeline
import PostgresStore
import Saga
import TestSupport
import Testing

@testable import Notification

@Suite struct NotificationHandlerTests {
    private typealias World = NotificationWorld

    @Test func `a tenant is told by a signed call, once, and it is recorded`() async throws {
        let receiver = try await HTTPReceiver { _ in .respond(204) }
        try await World.with { world in
            try await world.subscribe("acme", receiver.url + "/hook")
            let step = try await world.step()
            #expect(try await world.handler.handle([step]) == [.done()])

            let call = try #require(receiver.requests.first)
            #expect(call.path == "/hook")
            #expect(call.header("webhook-id") == "msg_\(step.delivery.id)")
            #expect(call.header("x-correlation-id") == "\(step.delivery.trace)")
            let timestamp = try #require(call.header("webhook-timestamp").flatMap(Int64.init))
            let expected = WebhookSignature(
                secret: World.secret, id: "msg_\(step.delivery.id)", timestamp: timestamp,
                body: call.body)
            #expect(call.header("webhook-signature") == expected?.header)
            let body = String(decoding: call.body, as: UTF8.self)
            #expect(body.contains(#""type":"order.charged""#))
            #expect(body.contains(#""order_id":"\#(step.order)""#))
            #expect(body.contains(#""customer_id":"cust-1""#))

            #expect(try await world.records(step) == [["webhook", "204", "true"]])
            #expect(
                try await world.events(step) == [
                    "notification: webhook to \(receiver.url)/hook delivered: receiver answered 204"
                ])

            // The settlement was lost and the step comes again: the receiver hears nothing new.
            #expect(try await world.handler.handle([step]) == [.done()])
            #expect(receiver.requests.count == 1)
        }
        try await receiver.stop()
    }

    @Test func `a tenant without a recipient is recorded as told by nothing`() async throws {
        try await World.with { world in
            let step = try await world.step()
            #expect(try await world.handler.handle([step]) == [.done()])
            #expect(try await world.records(step) == [["none", "0", "false"]])
        }
    }

    @Test func `a refusal goes to the queue of retries, not before the receiver says`()
        async throws
    {
        let receiver = try await HTTPReceiver { _ in .respond(503, headers: [("Retry-After", "7")])
        }
        try await World.with { world in
            try await world.subscribe("acme", receiver.url)
            let step = try await world.step()
            let outcome = try await world.handler.handle([step])[0]
            #expect(outcome.verdict == .acknowledge)
            let tell = try #require(outcome.outputs.first)
            #expect(outcome.outputs.count == 1)
            #expect(tell.kind == .tell)
            #expect(tell.attempt == 1)
            #expect(tell.notice?.message == step.delivery.id)
            #expect(tell.notice?.recipient == receiver.url)
            #expect(tell.notice?.delay == .seconds(7))
            #expect(
                try await world.events(step) == [
                    "notification: webhook to \(receiver.url) is tried again later: "
                        + "receiver answered 503"
                ])
            // Handled again after a lost settlement, it sends the same message on.
            #expect(try await world.handler.handle([step])[0].outputs == [tell])
            // There it is tried under the same id, and waits as the schedule says.
            let retry = World.retry(tell, of: step)
            let again = try await world.retrying.handle([retry])[0]
            #expect(again.verdict == .retry(reason: "receiver answered 503", after: .seconds(300)))
            #expect(Set(receiver.requests.compactMap { $0.header("webhook-id") }).count == 1)
            #expect(receiver.requests.first?.body == receiver.requests.last?.body)
            #expect(try await world.records(step) == [["webhook", "503", "false"]])
        }
        try await receiver.stop()
    }

    @Test func `only the endpoint that failed goes on, and it alone is called again`()
        async throws
    {
        let good = try await HTTPReceiver { _ in .respond(200) }
        let bad = try await HTTPReceiver { _ in .respond(500) }
        try await World.with { world in
            try await world.subscribe("acme", good.url)
            try await world.subscribe("acme", bad.url)
            let step = try await world.step()
            let outcome = try await world.handler.handle([step])[0]
            #expect(outcome.outputs.map(\.notice?.recipient) == [bad.url])
            _ = try await world.retrying.handle([World.retry(outcome.outputs[0], of: step)])
            #expect(good.requests.count == 1)
            #expect(bad.requests.count == 2)
        }
        try await good.stop()
        try await bad.stop()
    }

    @Test func `who answers 410 is told nothing more`() async throws {
        let gone = try await HTTPReceiver { _ in .respond(410) }
        try await World.with { world in
            try await world.subscribe("acme", gone.url)
            #expect(try await world.handler.handle([try await world.step()]) == [.done()])
            let later = try await world.step()
            #expect(try await world.handler.handle([later]) == [.done()])
            #expect(try await world.records(later) == [["none", "0", "false"]])
            #expect(gone.requests.count == 1)
        }
        try await gone.stop()
    }

    @Test func `redirects are not followed`() async throws {
        let target = try await HTTPReceiver { _ in .respond(200) }
        let targetURL = target.url
        let receiver = try await HTTPReceiver { _ in
            .respond(302, headers: [("Location", targetURL)])
        }
        try await World.with { world in
            try await world.subscribe("acme", receiver.url)
            let step = try await world.step()
            #expect(try await world.handler.handle([step])[0].outputs.count == 1)
            #expect(try await world.records(step) == [["webhook", "302", "false"]])
            #expect(target.connectionCount == 0)
        }
        try await receiver.stop()
        try await target.stop()
    }

    @Test(arguments: [(1, true), (7, false)])
    func `after the last call of the schedule one recipient lies in the dead letters`(
        attempt: UInt32, isRetried: Bool
    ) async throws {
        let receiver = try await HTTPReceiver { _ in .respond(500) }
        try await World.with { world in
            try await world.subscribe("acme", receiver.url)
            let step = try await world.step()
            let tell = try await world.handler.handle([step])[0].outputs[0]
            let outcome = try await world.retrying.handle([
                World.retry(tell, of: step, attempt: attempt)
            ])[0]
            let text = "\(receiver.url): receiver answered 500"
            #expect((outcome.verdict == .dead(reason: text)) == !isRetried)
            let isTold = try await world.events(step).last?.contains("given up") ?? false
            #expect(isTold == !isRetried)
        }
        try await receiver.stop()
    }

    @Test(arguments: ["an address inside", "not-base64"])
    func `what can never succeed lies in the dead letters, with the reason`(_ flaw: String)
        async throws
    {
        let receiver = try await HTTPReceiver { _ in .respond(200) }
        let isSecret = flaw == "not-base64"
        var options = World.Options()
        options.policy = isSecret ? .any : .publicOnly
        try await World.with(options) { world in
            try await world.subscribe(
                "acme", receiver.url,
                secret: isSecret ? "whsec_!!!!!!!!!!!!!!!!!!!!" : World.secret)
            let step = try await world.step()
            let tell = try #require(try await world.handler.handle([step])[0].outputs.first)
            let outcome = try await world.retrying.handle([World.retry(tell, of: step)])[0]
            guard case .dead(let reason) = outcome.verdict else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.contains(isSecret ? "base64" : "address_refused"))
            #expect(receiver.connectionCount == 0)
        }
        try await receiver.stop()
    }

    @Test func `giving up for a reason of ours is told to the order's history`() async throws {
        try await World.with { world in
            let step = try await world.step(attempt: 4)
            let outcome = try await world.handler.givenUp(step, reason: "a column is missing")
            #expect(outcome == .retry("a column is missing"))
            #expect(
                try await world.events(step) == [
                    "notification: notification given up: a column is missing"
                ])
        }
    }
}
