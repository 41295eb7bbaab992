// SPDX-License-Identifier: MIT

import Sessions
import Wire

extension OrderMeshError {
    init(_ error: CallError, mayHaveBeenApplied: Bool) {
        self.init(
            Self.code(error.code), mayHaveBeenApplied: mayHaveBeenApplied,
            retryAfter: error.retryAfter, message: error.message)
    }

    private static func code(_ code: WireErrorCode) -> Code {
        switch code {
        case .invalidOrder: .invalidOrder
        case .keyConflict: .keyConflict
        case .keyInProgress: .keyInProgress
        case .rateLimited: .rateLimited
        case .concurrencyLimited: .concurrencyLimited
        case .overloaded, .tooManyInFlight, .queueFull: .overloaded
        case .unknownOrder: .unknownOrder
        case .notPermitted: .notPermitted
        case .notConnected, .connectionLost, .draining, .unavailable: .unreachable
        case .deadlineExceeded: .timedOut
        case .cancelled: .cancelled
        default: .failed
        }
    }
}

extension CallError {
    /// Whether the same request may succeed later, as it is: `protocol/clients.md`, Trying again.
    var isTransient: Bool {
        if effect == .maybeApplied || retryAfter != nil { return true }
        return switch code {
        case .notConnected, .draining, .unavailable, .tooManyInFlight, .deadlineExceeded,
            .rateLimited, .concurrencyLimited, .overloaded, .queueFull, .diskFull:
            true
        default: false
        }
    }
}
