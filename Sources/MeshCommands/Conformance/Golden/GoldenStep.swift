// SPDX-License-Identifier: MIT
import Wire

/// One step of a case's script: what the server waits for, or what it does.
enum GoldenStep: Sendable {
    /// A connection comes and says HELLO as it must; the server says HELLO_OK.
    case greet(GoldenGreeting = .init())
    /// However often the client comes and says HELLO, it gets this for an answer, and asks nothing.
    case greetInVain(GoldenReply)
    /// The next request is this one.
    case request(GoldenRequest)
    /// An answer to the request of that name.
    case answer(String, GoldenReply)
    /// The answer to an order, by its key.
    case place(String)
    /// An answer to no request that there is.
    case answerNobody(GoldenReply)
    case push(GoldenReply)
    /// A golden frame; with the correlation of the request of that name, if one is given.
    case vector(GoldenVector, to: String? = nil)
    /// PING, until the PONG has come; what else comes meanwhile is kept.
    case ping(token: UInt64)
    /// The client closes, and asks nothing before.
    case clientCloses
    /// The server closes, without a word.
    case close
    /// Deliveries by credit, until all are settled.
    case deliver(GoldenQueue)
    /// However often the client comes, it says nothing: it does not want this server.
    case nothingIsSaid
}

/// What the server says of itself in HELLO_OK.
struct GoldenGreeting: Sendable {
    var version: UInt16 = 1
    var frameByteCountMax = WireLimits.frameByteCountMax
    var inFlightMax = 64
    /// Bytes behind the known fields.
    var trailing: [UInt8] = []
}

/// A request that the script waits for.
struct GoldenRequest: Sendable {
    /// By which later steps refer to it.
    let name: String
    /// - Throws: what is wrong with it; all earlier requests are there to compare.
    let check: @Sendable (GoldenFrame, GoldenPast) throws(GoldenFailure) -> Void

    /// - Parameter check: what is wrong with it; nil: nothing.
    init<M: WireMessage>(
        _: M.Type, _ name: String = "request",
        check: @escaping @Sendable (M, GoldenFrame, GoldenPast) throws(GoldenFailure) -> Void = {
            _, _, _ in
        }
    ) {
        self.name = name
        self.check = { frame, past throws(GoldenFailure) in
            try check(try frame.decode(M.self), frame, past)
        }
    }
}

/// What the client has asked so far, by the names that the script gave.
struct GoldenPast: Sendable {
    var requests: [String: GoldenFrame] = [:]
    /// When the last ERROR was sent.
    var refused: ContinuousClock.Instant?

    subscript(name: String) -> GoldenFrame {
        get throws(GoldenFailure) {
            guard let frame = requests[name] else {
                throw GoldenFailure("no request \(name) in the script so far")
            }
            return frame
        }
    }
}

/// Deliveries of one subscription, and what becomes of their settlements.
struct GoldenQueue: Sendable {
    /// Most deliveries that the client may leave unsettled: the credit that it was told to give.
    let credit: Int
    let deliveries: [Delivery]
    /// By sequence, the code of a settlement that is refused.
    var refused: [UInt64: UInt16] = [:]
    var isCompressed = false
}
