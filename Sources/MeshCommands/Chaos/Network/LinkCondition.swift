// SPDX-License-Identifier: MIT

/// How a way between two programs is.
enum LinkCondition: Sendable, Equatable {
    case open
    /// Connections break, and new ones are closed at once.
    case cut
    /// What is sent does not arrive until the way is open again.
    case stalled(Flow)
    /// The first answer is thrown away and its connection breaks: what was asked was done.
    case losingAnswers
    /// Everything comes later, and only so much a second.
    case slow(milliseconds: Int)

    enum Flow: String, Sendable {
        case requests, answers, both
    }

    var kind: String {
        switch self {
        case .open: "open"
        case .cut: "cut"
        case .stalled(.both): "stalled"
        case .stalled: "one way"
        case .losingAnswers: "answers lost"
        case .slow: "slow"
        }
    }

    func stalls(_ flow: Flow) -> Bool {
        guard case .stalled(let stalled) = self else { return false }
        return stalled == .both || stalled == flow
    }

    /// How much later something arrives.
    var delayMilliseconds: Int {
        guard case .slow(let milliseconds) = self else { return 0 }
        return milliseconds
    }
}

extension LinkCondition: CustomStringConvertible {
    var description: String {
        switch self {
        case .stalled(let flow) where flow != .both: "\(flow.rawValue) stalled"
        case .slow(let milliseconds): "slow by \(milliseconds) ms"
        case .open, .cut, .stalled, .losingAnswers: kind
        }
    }
}
