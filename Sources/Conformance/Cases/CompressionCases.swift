// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// F-5 and F-6: compressed bodies.
enum CompressionCases {
    static let all: [ConformanceCase] = claims + blocks + senders

    private static let claims: [ConformanceCase] = [
        .session("F-5.1", "a plain length of 0 is refused, and the session ends") { trial in
            try await refuse(trial, claiming: 0, block: zeros)
        },
        .session("F-5.2", "a plain length above the limit in force is refused") { trial in
            let peer = try await trial.silentPeer()
            let limit = try await peer.greet().frameByteCountMax
            // A block long enough that the ratio is not what is wrong.
            let count = Int(limit) / WireLimits.plainRatioMax + 64
            try await refuse(
                peer, claiming: limit + 1, block: [UInt8](repeating: 0, count: count))
        },
        .session("F-5.3", "a plain length of more than 256 times the block is refused") { trial in
            try await refuse(trial, claiming: UInt32(zeros.count * 256 + 1), block: zeros)
        },
        .session("F-5.4", "a body without room for the plain length is refused") { trial in
            let peer = try await trial.peer()
            var frame = RawFrame(Ping(token: 1), correlation: peer.makeCorrelation())
            frame.flags = FrameFlags.compressed.rawValue
            frame.body = ByteBuffer(bytes: [1, 0, 0])
            peer.send(frame)
            try await peer.fatalRefusal(.badCompression, of: frame.correlation)
        },
    ]

    private static let blocks: [ConformanceCase] = [
        .session("F-5.5", "a block that gives fewer bytes than it claims is refused") { trial in
            try await refuse(trial, claiming: UInt32(zeroCount + 1), block: zeros)
        },
        .session("F-5.6", "a block that gives more bytes than it claims is refused") { trial in
            try await refuse(trial, claiming: UInt32(zeroCount - 1), block: zeros)
        },
        .session("F-5.7", "a block that is none is refused") { trial in
            try await refuse(
                trial, claiming: 1_000, block: [UInt8](repeating: 0xFF, count: 64))
        },
        .session("F-5.8", "a good block is read, and the checksum is that of the plain body") {
            trial in
            let peer = try await trial.peer()
            let plain = ByteBuffer(repeating: 0, count: zeroCount)
            var frame = RawFrame(
                opcode: 0x7FFF, correlation: peer.makeCorrelation(), body: plain)
            frame.compress(claiming: UInt32(zeroCount), block: zeros)
            peer.send(frame)
            try await peer.refusal(to: frame.correlation, .unknownOpcode)
        },
    ]

    private static let senders: [ConformanceCase] = [
        .session("F-6.1", "what the server sends of less than 512 bytes is not compressed") {
            trial in
            // Whatever is heard is held against the rule; here are answers that would shrink.
            let peer = try await trial.peer()
            let text = String(repeating: "a", count: 64)
            switch trial.server.role {
            case .broker: try await peer.refusal(of: QueueStats(queue: text), .unknownQueue)
            case .limiter:
                let takes = Array(repeating: trial.request(text, 0), count: 12)
                _ = try await trial.take(takes, by: peer)
            }
            try await peer.proveAlive()
        }
    ]

    /// An LZ4 block of 600 zeros, and how many those are.
    private static let zeroCount = 600
    /// One literal, a match of 594 bytes at offset 1, five literals: as the format demands.
    private static let zeros: [UInt8] =
        [0x1F, 0, 1, 0, 255, 255, 65] + [0x50, 0, 0, 0, 0, 0]

    private static func refuse(
        _ trial: Trial, claiming count: UInt32, block: [UInt8]
    ) async throws {
        try await refuse(try await trial.peer(), claiming: count, block: block)
    }

    private static func refuse(
        _ peer: WirePeer, claiming count: UInt32, block: [UInt8]
    ) async throws {
        var frame = RawFrame(Ping(token: 1), correlation: peer.makeCorrelation())
        frame.compress(claiming: count, block: block)
        peer.send(frame)
        try await peer.fatalRefusal(.badCompression, of: frame.correlation)
    }
}
