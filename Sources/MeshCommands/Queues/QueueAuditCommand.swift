// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients
import Wire

/// `meshctl queue audit`: who did what to the broker, and why.
struct QueueAuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "List what operators did, newest first.")

    @Option(help: "Only acts on this queue.")
    var queue: String?

    @Option(help: "At most so many, 1 to \(WireLimits.auditCountMax).")
    var limit: UInt32 = 20

    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard (1...UInt32(WireLimits.auditCountMax)).contains(limit) else {
            throw ValidationError("--limit takes 1 to \(WireLimits.auditCountMax)")
        }
    }

    func run() async throws {
        // One answer holds all that a broker remembers.
        let entries = try await mesh.withBroker { try await $0.acts() }
        var table = TextTable("#", "WHEN", "VERB", "QUEUE", "COUNT", "WHO", "WHY", alignment: .left)
        for entry in entries.filter({ queue == nil || $0.queue == queue }).prefix(Int(limit)) {
            table.add(
                entry.number, Timestamp.text(entry.atMilliseconds), Self.text(entry.verb),
                entry.queue,
                entry.count, entry.who, entry.why)
        }
        print(table.text)
    }

    private static func text(_ verb: OperatorVerb) -> String {
        switch verb {
        case .declare: "policy"
        case .pause: "pause"
        case .resume: "resume"
        case .purgeWaiting: "purge"
        case .purgeDead: "purge --dead"
        case .redrive: "redrive"
        case .setWeights: "weights"
        }
    }
}
