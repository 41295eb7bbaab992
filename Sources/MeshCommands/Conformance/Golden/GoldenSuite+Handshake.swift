// SPDX-License-Identifier: MIT
import Orders
import Wire

extension GoldenSuite {
    /// Whom a client trusts, and how a session begins.
    static let handshakeCases: [GoldenCase] = [
        GoldenCase(
            id: "G-1", rules: ["H-5", "H-6"],
            title: "HELLO comes first and says magic and versions; a golden answer is read",
            instruction: .place(GoldenOrders.order(1)),
            script: [
                .greet(), GoldenOrders.request(1), .vector(.orderPlaced, to: "first"),
            ],
            expectation: GoldenOrders.results(1)),
        untrusted(
            "G-2", "H-1", "a server of TLS 1.2 is refused", .tls12,
            deadlineMilliseconds: 8000),
        untrusted("G-3", "H-2", "a server with a stranger's certificate is refused", .stranger),
        untrusted("G-4", "H-3", "a server that names no protocol is refused", .speechless),
        untrusted("G-5", "H-4", "a server that is another service is told nothing", .other),
        vain(
            "G-6", "H-6", "a version that was not offered is refused", greeting(version: 2)),
        vain(
            "G-7", "F-1", "a HELLO_OK of more than 1024 bytes is refused",
            greeting(trailing: [UInt8](repeating: 0, count: WireLimits.helloFrameByteCountMax))),
        GoldenCase(
            id: "G-8", rules: ["F-9"], title: "fields of a later version are skipped",
            instruction: .place(GoldenOrders.order(1)),
            script: [
                .greet(GoldenGreeting(trailing: [1, 2, 3])), GoldenOrders.request(1),
                .answer(
                    "first", GoldenOrders.placed(GoldenOrders.order(1).message).extended()),
            ],
            expectation: GoldenOrders.results(1)),
    ]

    private static let shortDeadlineMilliseconds = 1500

    private static func untrusted(
        _ id: String, _ rule: String, _ title: String, _ guise: GoldenCase.Guise,
        deadlineMilliseconds: Int = shortDeadlineMilliseconds
    ) -> GoldenCase {
        GoldenCase(
            id: id, rules: [rule], title: title, guise: guise,
            instruction: .place(
                GoldenOrders.order(1), deadlineMilliseconds: deadlineMilliseconds),
            script: [.nothingIsSaid], expectation: .refused(effect: "not_applied"))
    }

    private static func vain(
        _ id: String, _ rule: String, _ title: String, _ greeting: GoldenReply
    ) -> GoldenCase {
        GoldenCase(
            id: id, rules: [rule], title: title,
            instruction: .place(
                GoldenOrders.order(1), deadlineMilliseconds: shortDeadlineMilliseconds),
            script: [.greetInVain(greeting)], expectation: .refused(effect: "not_applied"))
    }

    private static func greeting(version: UInt16 = 1, trailing: [UInt8] = []) -> GoldenReply {
        var reply = GoldenReply(
            HelloOK(
                version: version, features: 0,
                frameByteCountMax: UInt32(WireLimits.frameByteCountMax), inFlightMax: 64,
                name: "golden", session: UniqueID(high: 1, low: 2)))
        reply.trailing = trailing
        return reply
    }
}
