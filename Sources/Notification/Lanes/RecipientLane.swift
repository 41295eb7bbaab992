// SPDX-License-Identifier: MIT
import DequeModule
import Orders

/// How a call ended, as far as its recipient goes.
enum RecipientEnd {
    case succeeded, failed
    /// For a reason that is not the recipient's.
    case neither
}

/// The calls to one recipient: a few at a time, the others in line, none while its breaker is open.
struct RecipientLane<Call> {
    /// Calls at a time: what one slow recipient can hold.
    static var underWayCountMax: Int { 8 }

    enum Offer: Equatable {
        case start(isProbe: Bool)
        case wait
        case leaveAlone(Duration)
    }

    /// What follows from the end of a call.
    struct Next {
        var start: Call?
        /// Those in line, when the breaker has opened.
        var leftAlone: [Call] = []
        var change: EndpointBreaker.Change?
    }

    private var breaker: EndpointBreaker
    private var underWayCount = 0
    private var line: Deque<Call> = []

    /// - Parameter pause: for how long a recipient is left alone at first.
    init(pause: Duration) {
        breaker = EndpointBreaker(pause: pause)
    }

    /// Nothing to remember.
    var isIdle: Bool { underWayCount == 0 && line.isEmpty && breaker.isPristine }
    var isOpen: Bool { breaker.isOpen }

    mutating func offer(_ call: Call, at now: MeshInstant) -> Offer {
        switch breaker.admit(at: now) {
        case .leaveAlone(let wait): return .leaveAlone(wait)
        case .probe:
            underWayCount += 1
            return .start(isProbe: true)
        case .call:
            guard underWayCount < Self.underWayCountMax else {
                line.append(call)
                return .wait
            }
            underWayCount += 1
            return .start(isProbe: false)
        }
    }

    /// - Parameter isWanted: whether somebody still waits for a call in line; it is dropped otherwise.
    mutating func ended(
        _ end: RecipientEnd, asProbe wasProbe: Bool, at now: MeshInstant, isWanted: (Call) -> Bool
    ) -> Next {
        underWayCount -= 1
        var next = Next()
        switch end {
        case .succeeded: next.change = breaker.succeeded()
        case .failed: next.change = breaker.failed(asProbe: wasProbe, at: now)
        case .neither: breaker.ended(asProbe: wasProbe)
        }
        if breaker.isOpen {
            next.leftAlone = Array(line)
            line.removeAll()
        }
        while next.start == nil, let call = line.popFirst() {
            if isWanted(call) { next.start = call }
        }
        if next.start != nil { underWayCount += 1 }
        return next
    }
}
