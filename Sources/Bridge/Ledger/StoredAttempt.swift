// SPDX-License-Identifier: MIT
import AWS
import Orders

/// One failed attempt, as it is kept in the record of its message.
struct StoredAttempt: Equatable, Sendable {
    let at: MeshInstant
    let worker: String
    let error: String

    init(at: MeshInstant, worker: String, error: String) {
        self.at = at
        self.worker = worker
        self.error = error
    }

    /// Nil when it is not one that `attribute` made.
    init?(_ attribute: AttributeValue) {
        guard let map = attribute.map,
            let at = map["at"]?.integer(UInt64.self),
            let worker = map["worker"]?.string,
            let error = map["error"]?.string
        else { return nil }
        self.init(at: MeshInstant(milliseconds: at), worker: worker, error: error)
    }

    var attribute: AttributeValue {
        .map([
            "at": .number(at.milliseconds), "worker": .string(worker), "error": .string(error),
        ])
    }
}
