// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// H-5 to H-7: the first words.
enum HelloCases {
    static let all: [ConformanceCase] = order + versions + limits

    private static let order: [ConformanceCase] = [
        .session("H-5.1", "a request before HELLO is refused, and the session ends") { trial in
            let peer = try await trial.silentPeer()
            let correlation = peer.ask(Ping(token: 1))
            try await peer.fatalRefusal(.helloRequired, of: correlation)
        },
        .session("H-5.2", "what the server serves is refused before HELLO too") { trial in
            let peer = try await trial.silentPeer()
            let correlation = peer.ask(RequestSamples.harmless(trial.server.role))
            try await peer.fatalRefusal(.helloRequired, of: correlation)
        },
        .session("H-5.3", "another HELLO is refused, and the session ends") { trial in
            let peer = try await trial.peer()
            let correlation = peer.ask(RequestSamples.hello)
            try await peer.fatalRefusal(.helloRequired, of: correlation)
        },
        .session("H-5.4", "requests behind HELLO in one write are served") { trial in
            let peer = try await trial.silentPeer()
            peer.send([
                RawFrame(RequestSamples.hello, correlation: 101),
                RawFrame(Ping(token: 5), correlation: 102),
            ])
            _ = try await peer.answer(to: 101, "HELLO_OK").decode(HelloOK.self)
            _ = try await peer.answer(to: 102, "PONG").decode(Pong.self)
        },
    ]

    private static let versions: [ConformanceCase] = [
        .session("H-6.1", "another magic is refused, and the session ends") { trial in
            try await refuse(trial) { $0.magic = 0x4F4D_5348 }
        },
        .session("H-6.2", "a range of versions that does not meet the server's is refused") {
            trial in
            try await refuse(trial) {
                $0.versionMin = 40_000
                $0.versionMax = 50_000
            }
            try await refuse(trial) {
                $0.versionMin = 0
                $0.versionMax = 0
            }
        },
        .session("H-6.3", "of a range of versions one that both speak is picked") { trial in
            let peer = try await trial.silentPeer()
            let wide = try await peer.greet {
                $0.versionMin = 1
                $0.versionMax = 60_000
            }
            let range = 1...60_000
            try require(
                range.contains(Int(wide.version)), "a version of 1...60000",
                seen: "version \(wide.version)")
            let one = try await trial.silentPeer().greet()
            try requireEqual(one.version, 1, "version")
        },
    ]

    private static let limits: [ConformanceCase] = [
        .session("H-7.1", "no frame is longer than the client takes, whatever it asks") { trial in
            let peer = try await trial.silentPeer()
            let limit = UInt32(WireLimits.helloFrameByteCountMax)
            try await peer.greet { $0.frameByteCountMax = limit }
            let correlation = try await askForMuch(trial, peer)
            let answer = try await peer.answer(to: correlation, "an answer that fits")
            try require(
                answer.byteCount <= Int(limit), "an answer of at most \(limit) bytes",
                seen: "an answer of \(answer.byteCount) bytes")
            try await peer.proveAlive()
        },
        .session("H-7.2", "the limits of the server are those of the protocol, or less") { trial in
            let peer = try await trial.silentPeer()
            let limits = try await peer.greet()
            let frames =
                UInt32(
                    WireLimits.helloFrameByteCountMax)...UInt32(WireLimits.frameByteCountMax)
            try require(
                frames.contains(limits.frameByteCountMax), "frame_byte_count_max in \(frames)",
                seen: "frame_byte_count_max \(limits.frameByteCountMax)")
            let inFlight = 1...UInt32(WireLimits.inFlightMax)
            try require(
                inFlight.contains(limits.inFlightMax), "in_flight_max in \(inFlight)",
                seen: "in_flight_max \(limits.inFlightMax)")
        },
        .broker("H-7.3", "more publishes at once than HELLO_OK allows are refused, and not applied")
        {
            trial in
            try await exceedInFlight(trial)
        },
    ]

    private static func refuse(
        _ trial: Trial, _ change: (inout Hello) -> Void
    ) async throws {
        let peer = try await trial.silentPeer()
        var hello = RequestSamples.hello
        change(&hello)
        let correlation = peer.ask(hello)
        try await peer.fatalRefusal(.unsupportedVersion, of: correlation)
    }

    /// Asks for an answer of more than a thousand bytes.
    private static func askForMuch(_ trial: Trial, _ peer: WirePeer) async throws -> UInt64 {
        switch trial.server.role {
        case .broker:
            let queue = try await trial.queue()
            let long = trial.envelope { $0.body = ByteBuffer(repeating: 3, count: 4_096) }
            try await trial.bury([long], in: queue)
            return peer.ask(DeadLetters(queue: queue, after: 0, limit: 1, filter: .all))
        case .limiter:
            let tenant = trial.makeName()
            let takes = (0..<100).map { _ in trial.request(tenant, 0) }
            return peer.ask(Take(takes: takes))
        }
    }

    private static func exceedInFlight(_ trial: Trial) async throws {
        let queue = try await trial.queue()
        let peer = try await trial.silentPeer()
        let limit = Int(try await peer.greet { $0.inFlightMax = 4 }.inFlightMax)
        guard limit <= 64 else { throw CaseSkip("the server allows \(limit) whatever is asked") }
        let messages = trial.envelopes(limit * 8)
        let first = peer.makeCorrelation()
        let frames = messages.indices.map { index in
            RawFrame(
                Publish(queue: queue, message: messages[index]),
                correlation: first + UInt64(index))
        }
        peer.send(frames)
        var refused: [Envelope] = []
        for index in messages.indices {
            let answer = try await peer.answer(to: first + UInt64(index), "an answer to each")
            guard let refusal = answer.refusal else { continue }
            try requireEqual(
                refusal.words, "ERROR too_many_in_flight, not_applied", "the refusal")
            refused.append(messages[index])
        }
        try require(
            !refused.isEmpty, "ERROR too_many_in_flight, not_applied", seen: "all PUBLISHED")
        let standings = try await trial.standings(of: refused, in: queue)
        try require(
            standings.allSatisfy { $0 == .neverSeen }, "refused messages that were never seen",
            seen: "\(standings.count { $0 != .neverSeen }) refused messages that are there")
    }
}
