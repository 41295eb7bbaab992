// SPDX-License-Identifier: MIT
import Foundation
import Synchronization

/// What SQS delivered of late, by queue, to be delivered again.
final class PastDeliveries: Sendable {
    private static let countMax = 64

    /// Messages as JSON, each by itself.
    private let past = Mutex<[String: [Data]]>([:])

    /// The answer to a receive with messages of earlier answers among its own, as many as were asked
    /// for; as it is when it cannot be read.
    ///
    /// - Parameter order: puts messages into another order.
    func mixed(
        _ answer: [UInt8], to request: [UInt8], repeating: Bool, order: ([Data]) -> [Data]
    ) -> [UInt8] {
        guard let asked = Self.object(request), let queue = asked["QueueUrl"] as? String,
            var found = Self.object(answer)
        else { return answer }
        var messages = (found["Messages"] as? [Any] ?? []).compactMap(Self.data)
        let fresh = messages
        if repeating {
            let room = (asked["MaxNumberOfMessages"] as? Int ?? 1) - messages.count
            messages += order(past.withLock { $0[queue] ?? [] }).prefix(max(room, 0))
        }
        remember(fresh, of: queue)
        guard !messages.isEmpty else { return answer }
        found["Messages"] = order(messages).compactMap {
            try? JSONSerialization.jsonObject(with: $0)
        }
        return Self.data(found).map(Array.init) ?? answer
    }

    /// Keeps what an answer brings, and leaves it as it is.
    func note(_ answer: [UInt8], to request: [UInt8]) {
        guard let queue = Self.object(request)?["QueueUrl"] as? String,
            let messages = Self.object(answer)?["Messages"] as? [Any]
        else { return }
        remember(messages.compactMap(Self.data), of: queue)
    }

    private func remember(_ messages: [Data], of queue: String) {
        past.withLock { past in
            past[queue] = ((past[queue] ?? []) + messages).suffix(Self.countMax)
        }
    }

    private static func object(_ bytes: [UInt8]) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
    }

    private static func data(_ value: Any) -> Data? {
        try? JSONSerialization.data(withJSONObject: value)
    }
}
