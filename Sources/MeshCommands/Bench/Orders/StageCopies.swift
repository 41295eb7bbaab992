// SPDX-License-Identifier: MIT

/// How many processes of each stage run side by side.
struct StageCopies: Sendable, Equatable {
    private(set) var counts: [MeshDaemon: Int] = [:]

    static let countMax = 8
    private static let stages: [String: MeshDaemon] = [
        "inventory": .inventoryd, "payment": .paymentd, "fulfillment": .fulfillmentd,
        "notification": .notificationd,
    ]

    init() {}

    /// - Parameter text: `payment=2,inventory=2`.
    /// - Throws: `CommandError` that names the part which is wrong.
    init(_ text: String) throws {
        for part in text.split(separator: ",") {
            let words = part.split(separator: "=")
            guard words.count == 2, let stage = Self.stages[String(words[0])],
                let count = Int(words[1]), (1...Self.countMax).contains(count)
            else {
                throw CommandError(
                    "'\(part)' is not a stage and its processes, 1 to \(Self.countMax): payment=2")
            }
            counts[stage] = count
        }
    }
}
