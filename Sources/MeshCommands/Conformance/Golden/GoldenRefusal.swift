// SPDX-License-Identifier: MIT
import Sessions
import Wire

/// ERROR, as the server sends it.
enum GoldenRefusal {
    static func reply(
        _ code: UInt16, _ effect: Effect, retryAfterMilliseconds: UInt32 = 0
    ) -> GoldenReply {
        GoldenReply(
            ErrorReply(
                code: code, effect: effect, retryAfterMilliseconds: retryAfterMilliseconds,
                message: "golden", pressure: .none))
    }

    static func reply(
        _ code: WireErrorCode, _ effect: Effect, retryAfterMilliseconds: UInt32 = 0
    ) -> GoldenReply {
        reply(code.rawValue, effect, retryAfterMilliseconds: retryAfterMilliseconds)
    }

    /// That a request comes no sooner after the refusal than this.
    static func checkPause(
        _ milliseconds: Int, _ frame: GoldenFrame, _ past: GoldenPast
    ) throws(GoldenFailure) {
        guard let refused = past.refused else { throw GoldenFailure("nothing was refused") }
        let pause = frame.arrived - refused
        guard pause >= .milliseconds(milliseconds) else {
            throw GoldenFailure("[C-7] asked again after \(pause), not \(milliseconds) ms")
        }
    }
}
