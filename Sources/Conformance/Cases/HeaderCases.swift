// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// F-2 to F-4: version, flags and checksum of a frame.
enum HeaderCases {
    static let all: [ConformanceCase] = version + flags + checksum

    private static let version: [ConformanceCase] = [
        .session("F-2.1", "another version of framing is refused, and the session ends") { trial in
            for version: UInt8 in [0, 2, 255] {
                try await refuse(trial, .unsupportedVersion) { $0.version = version }
            }
        },
        .session("F-2.2", "another version of framing is refused before HELLO too") { trial in
            let peer = try await trial.silentPeer()
            var frame = RawFrame(RequestSamples.hello, correlation: peer.makeCorrelation())
            frame.version = 2
            peer.send(frame)
            try await peer.fatalRefusal(.unsupportedVersion, of: frame.correlation)
        },
    ]

    private static let flags: [ConformanceCase] = [
        .session("F-3.1", "each flag that does not exist is refused, and the session ends") {
            trial in
            for flag: UInt8 in [8, 16, 32, 64, 128] {
                try await refuse(trial, .badFrame) { $0.flags = flag }
            }
        }
    ]

    private static let checksum: [ConformanceCase] = [
        .session("F-4.1", "a body of another checksum is refused, and the session ends") { trial in
            try await refuse(trial, .badChecksum) { $0.checksum = 1 }
        },
        .session("F-4.2", "the checksum is CRC-32C: that of '123456789' is E3069283") { trial in
            try await take(trial, ByteBuffer(string: "123456789"), checksum: 0xE306_9283)
        },
        .session("F-4.3", "the checksum of no bytes is 0") { trial in
            try await take(trial, ByteBuffer(), checksum: 0)
            let peer = try await trial.peer()
            var frame = RawFrame(
                opcode: 0x7FFF, correlation: peer.makeCorrelation(), body: ByteBuffer())
            frame.checksum = 0xFFFF_FFFF
            peer.send(frame)
            try await peer.fatalRefusal(.badChecksum, of: frame.correlation)
        },
    ]

    /// Sends a PING that `change` spoils, which must end the session.
    private static func refuse(
        _ trial: Trial, _ code: WireErrorCode, _ change: (inout RawFrame) -> Void
    ) async throws {
        let peer = try await trial.peer()
        var frame = RawFrame(Ping(token: 1), correlation: peer.makeCorrelation())
        change(&frame)
        peer.send(frame)
        try await peer.fatalRefusal(code, of: frame.correlation)
    }

    /// Sends a body under an opcode that nobody knows: the checksum is looked at before.
    private static func take(
        _ trial: Trial, _ body: ByteBuffer, checksum: UInt32
    ) async throws {
        let peer = try await trial.peer()
        var frame = RawFrame(opcode: 0x7FFF, correlation: peer.makeCorrelation(), body: body)
        frame.checksum = checksum
        peer.send(frame)
        try await peer.refusal(to: frame.correlation, .unknownOpcode)
    }
}
