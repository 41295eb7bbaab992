// SPDX-License-Identifier: MIT
import Metrics
import Orders

/// Tells one recipient once, by the channel that it has.
struct RecipientCaller: Sendable {
    let webhooks: WebhookSender
    /// Nil when no mail server is configured.
    let mail: MailSender?
    let clock: any MeshClock

    func tell(_ telling: Telling) async -> TellingOutcome {
        let started = clock.now()
        switch telling.recipient {
        case .webhook(let endpoint):
            let outcome = await webhooks.send(telling, to: endpoint)
            Counter(label: "mesh_webhooks_total", dimensions: [("outcome", outcome.name)])
                .increment()
            Timer(label: "mesh_webhook_seconds").record(duration: clock.now() - started)
            return outcome
        case .mailbox(let address):
            let outcome =
                await mail?.send(telling, to: address)
                ?? .impossible("no mail server is configured")
            Counter(label: "mesh_mails_total", dimensions: [("outcome", outcome.name)]).increment()
            return outcome
        }
    }
}
