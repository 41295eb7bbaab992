// SPDX-License-Identifier: MIT
import ServiceClients
import Wire

/// Goes through a queue's dead letters, page by page.
struct DeadLetterSearch {
    let queue: String
    let filter: DeadLetterFilter
    /// Stops after so many.
    let limit: Int

    private static let pageCount: UInt32 = 200

    /// Hands each one to `body`.
    ///
    /// - Returns: how many, and whether there may be more.
    func run(
        _ broker: BrokerClient, _ body: (DeadLetter) -> Void
    ) async throws -> (count: Int, hasMore: Bool) {
        var (count, after) = (0, UInt64(0))
        while count < limit {
            let page = try await broker.search(
                DeadLetters(
                    queue: queue, after: after,
                    limit: min(UInt32(clamping: limit - count), Self.pageCount), filter: filter))
            page.letters.forEach(body)
            count += page.letters.count
            guard page.next > 0 else { return (count, false) }
            after = page.next
        }
        return (count, true)
    }

    /// The dead letter `sequence` of `queue`.
    ///
    /// - Precondition: sequences begin at 1.
    static func one(
        _ sequence: UInt64, in queue: String, of mesh: MeshOptions
    ) async throws -> DeadLetter {
        let page = try await mesh.withBroker { broker in
            try await broker.search(
                DeadLetters(queue: queue, after: sequence - 1, limit: 1, filter: .all))
        }
        guard let letter = page.letters.first, letter.sequence == sequence else {
            throw CommandError("#\(sequence) is not dead in \(queue)")
        }
        return letter
    }
}
