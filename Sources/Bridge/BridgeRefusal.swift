// SPDX-License-Identifier: MIT
import AWS
import Sessions
import Wire

/// Why a request is refused; becomes an ERROR, or the result of one settlement.
struct BridgeRefusal: Error, Sendable {
    let reply: ErrorReply

    init(
        _ code: WireErrorCode, effect: Effect? = nil, retryAfter: Duration? = nil,
        _ message: String, pressure: QueuePressure = .none
    ) {
        reply = ErrorReply(
            code, effect: effect, retryAfter: retryAfter, message: message, pressure: pressure)
    }

    private init(reply: ErrorReply) { self.reply = reply }

    /// What a failure of AWS means to a client of the mesh.
    init(_ error: AWSError) {
        let effect: Effect = error.effect == .notApplied ? .notApplied : .maybeApplied
        switch error.code {
        case .throttled:
            self.init(.unavailable, effect: effect, retryAfter: .seconds(1), "AWS: \(error)")
        case .unavailable, .timedOut, .badCredentials, .denied, .clockSkew, .notFound:
            self.init(.unavailable, effect: effect, retryAfter: .seconds(5), "AWS: \(error)")
        case .tooLarge:
            self.init(.messageTooLarge, effect: effect, "AWS: \(error)")
        case .conflict, .invalid, .badAnswer:
            self.init(.failed, effect: effect, "AWS: \(error)")
        }
    }

    /// Its time had passed before it was begun.
    static let late = BridgeRefusal(reply: .late)

    static func unsupported(_ message: String) -> BridgeRefusal {
        BridgeRefusal(.unsupported, message)
    }
}

/// Runs a call to AWS, and turns its failure into the refusal of what needed it.
func refusing<Value>(
    _ call: () async throws(AWSError) -> Value
) async throws(BridgeRefusal) -> Value {
    do throws(AWSError) {
        return try await call()
    } catch {
        throw BridgeRefusal(error)
    }
}
