// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// H-8 and H-13: silence.
enum LivenessCases {
    /// What a timer of ten or thirty seconds may be off by, on a machine with other things to do.
    private static let slack = Duration.seconds(5)

    static let all: [ConformanceCase] = [
        .session("H-8.1", "who says no HELLO for ten seconds is closed", .slow) { trial in
            let peer = try await trial.silentPeer()
            try await idle(peer, after: .seconds(10))
        },
        .session("H-8.2", "a HELLO that comes byte by byte does not keep the door open", .slow) {
            trial in
            let peer = try await trial.silentPeer()
            let bytes = RawFrame(RequestSamples.hello, correlation: 1).bytes.readableBytesView
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for byte in bytes {
                        peer.send(ByteBuffer(bytes: [byte]))
                        try await Task.sleep(for: .milliseconds(500))
                    }
                }
                try await idle(peer, after: .seconds(10))
                tasks.cancelAll()
            }
        },
        .session("H-13.1", "PING is answered by PONG with the same token") { trial in
            let peer = try await trial.peer()
            for token in [0, 1, UInt64.max] {
                let pong = try await peer.call(Ping(token: token), Pong.self)
                try requireEqual(pong.token, token, "PONG with token")
            }
        },
        .session("H-13.2", "who says nothing for thirty seconds is closed", .slow) { trial in
            let peer = try await trial.silentPeer(isAnsweringPings: false)
            try await peer.greet()
            try await idle(peer, after: .seconds(30))
        },
        .session("H-13.3", "who sends PING every ten seconds is not closed", .slow) { trial in
            let peer = try await trial.peer()
            for _ in 0..<4 {
                try await Task.sleep(for: .seconds(9))
                try await peer.proveAlive()
            }
        },
    ]

    private static func idle(_ peer: WirePeer, after duration: Duration) async throws {
        let begin = ContinuousClock.now
        try await peer.fatalRefusal(.idle, within: duration + slack)
        let passed = ContinuousClock.now - begin
        try require(
            passed > duration - .seconds(1), "the end after \(duration)",
            seen: "the end after \(passed)")
    }
}
