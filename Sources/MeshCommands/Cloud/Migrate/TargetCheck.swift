// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Wire

/// Sees, before anything is done about a message, whether the target would take it for a repeat.
struct TargetCheck: Sendable {
    private let queue: String
    private let ends: MigrationEnds
    private let journal: MigrationJournal

    init(_ queue: String, _ ends: MigrationEnds, _ journal: MigrationJournal) {
        self.queue = queue
        self.ends = ends
        self.journal = journal
    }

    /// Notes the messages as about to be moved.
    ///
    /// - Throws: when the target has settled one before this migration noted it. It would not be stored
    ///   there, and be lost when the source lets go of it: that is how a mesh answers whose own messages
    ///   were moved away, and come back.
    func note(_ messages: [Envelope]) async throws {
        let noted = journal.account(of: queue).moving
        let fresh = messages.filter { !noted.contains($0.id.description) }
        let held = try await heldAtTarget(fresh)
        if !held.isEmpty { try journal.write(.known(queue: queue, ids: held)) }
        let again = messages.map(\.id.description).filter { noted.contains($0) }
        if !again.isEmpty { try journal.write(.repeated(queue: queue, ids: again)) }
        try journal.write(.moving(queue: queue, ids: messages.map(\.id.description)))
    }

    /// The ids of those that the target holds.
    func heldAtTarget(_ messages: [Envelope]) async throws -> [String] {
        guard !messages.isEmpty else { return [] }
        let standings = try await ends.target.standings(
            of: messages.map { MessageID($0.id) }, in: queue)
        var held: [String] = []
        for (message, standing) in zip(messages, standings) {
            switch standing {
            case .neverSeen: break
            case .held: held.append(message.id.description)
            case .settled:
                throw CommandError(
                    "\(queue): the target has settled \(message.id) before, and would take it for a "
                        + "repeat; move to one that begins empty (docs/OPERATING.md)")
            }
        }
        return held
    }
}
