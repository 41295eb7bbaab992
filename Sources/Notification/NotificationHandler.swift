// SPDX-License-Identifier: MIT

import Logging
import Orders
import Pipeline
import PostgresStore
import Saga

/// Tells tenants of each change of their orders, by signed webhooks.
///
/// A call is made at least once: a daemon that dies between the answer and its record calls again,
/// with the same webhook id. Endpoints are called side by side, each by few calls at a time, and one
/// that does not answer ends its share of the batch, so that a slow receiver delays nobody else for
/// longer than one time-out.
struct NotificationHandler: StageHandler {
    let store: NotificationStore
    let sender: WebhookSender
    let clock: any MeshClock
    /// Endpoints called side by side.
    let endpointCountMax: Int

    /// Calls to one endpoint at a time.
    static let callsPerEndpointMax = 8

    var queue: StageQueue { .notification }

    /// One message for one endpoint.
    private struct Call: Sendable {
        let stepIndex: Int
        let message: WebhookMessage
        let endpoint: WebhookEndpoint
    }

    private struct Ended: Sendable {
        let call: Call
        let outcome: WebhookOutcome
    }

    func handle(_ steps: [Step]) async throws(PostgresError) -> [StepOutcome] {
        let briefing = try await store.brief(steps)
        var outcomes = [StepOutcome](repeating: .done(), count: steps.count)
        var records: [NotificationStore.Record] = []
        var calls: [Call] = []
        for (index, step) in steps.enumerated() {
            guard let fields = briefing.fields[step.order] else {
                outcomes[index] = StepOutcome(.dead(reason: "no such order, or no status to tell"))
                continue
            }
            guard let endpoints = briefing.endpoints[step.delivery.tenant] else {
                records.append(
                    NotificationStore.Record(
                        step: step, status: fields.status, url: nil, outcome: nil, event: nil))
                continue
            }
            do {
                calls += try Self.calls(index, step, fields, endpoints, briefing.delivered)
            } catch {
                outcomes[index] = StepOutcome(.dead(reason: "cannot be written: \(error)"))
            }
        }
        for ended in await callAll(calls) {
            let step = steps[ended.call.stepIndex]
            records.append(Self.record(ended, step, briefing.fields[step.order]?.status))
            if let outcome = Self.failure(ended.outcome) {
                outcomes[ended.call.stepIndex] = outcome
            }
        }
        try await store.keep(records, at: clock.now())
        return outcomes
    }

    /// The last attempt failed: the order's history says so.
    func givenUp(_ step: Step, reason: String) async throws(PostgresError) -> StepOutcome {
        try await store.note("webhook given up: \(reason)", about: step)
        return .retry(reason)
    }

    private static func calls(
        _ index: Int, _ step: Step, _ fields: WebhookMessage.Fields,
        _ endpoints: [WebhookEndpoint], _ delivered: Set<NotificationStore.Call>
    ) throws -> [Call] {
        let message = try WebhookMessage(
            id: step.delivery.id, trace: step.delivery.trace, fields: fields)
        return endpoints.compactMap { endpoint in
            let call = NotificationStore.Call(message: step.delivery.id, url: endpoint.url)
            guard !delivered.contains(call) else { return nil }
            return Call(stepIndex: index, message: message, endpoint: endpoint)
        }
    }

    private func callAll(_ calls: [Call]) async -> [Ended] {
        var waiting = Array(Dictionary(grouping: calls, by: \.endpoint).values)
        return await withTaskGroup(of: [Ended].self) { group in
            var ended: [Ended] = []
            for _ in 0..<min(endpointCountMax, waiting.count) {
                let next = waiting.removeLast()
                group.addTask { await callOne(next) }
            }
            while let done = await group.next() {
                ended += done
                guard let next = waiting.popLast() else { continue }
                group.addTask { await callOne(next) }
            }
            return ended
        }
    }

    /// All calls to one endpoint, a few at a time, until it stops answering.
    private func callOne(_ calls: [Call]) async -> [Ended] {
        var ended: [Ended] = []
        var rest = calls[...]
        var silence: WebhookOutcome?
        while !rest.isEmpty {
            if let silence {
                ended += rest.map { Ended(call: $0, outcome: silence) }
                break
            }
            let wave = rest.prefix(Self.callsPerEndpointMax)
            rest = rest.dropFirst(wave.count)
            await withTaskGroup(of: Ended.self) { group in
                for call in wave {
                    group.addTask {
                        Ended(
                            call: call, outcome: await sender.send(call.message, to: call.endpoint))
                    }
                }
                for await done in group {
                    if case .unreachable = done.outcome { silence = done.outcome }
                    ended.append(done)
                }
            }
        }
        return ended
    }

    private static func record(
        _ ended: Ended, _ step: Step, _ status: OrderStatus?
    ) -> NotificationStore.Record {
        let event =
            ended.outcome.isDelivered
            ? "webhook delivered to \(ended.call.endpoint.url): \(ended.outcome.text)" : nil
        return NotificationStore.Record(
            step: step, status: status ?? .accepted, url: ended.call.endpoint.url,
            outcome: ended.outcome, event: event)
    }

    /// Nil when it was delivered.
    private static func failure(_ outcome: WebhookOutcome) -> StepOutcome? {
        switch outcome {
        case .delivered: nil
        case .refused(_, let retryAfter): .retry(outcome.text, after: retryAfter)
        case .unreachable(let reason): .retry(reason)
        case .impossible(let reason): StepOutcome(.dead(reason: reason))
        }
    }
}
