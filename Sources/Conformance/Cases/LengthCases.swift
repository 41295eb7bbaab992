// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// F-1: lengths of frames.
enum LengthCases {
    static let all: [ConformanceCase] = [
        .session("F-1.1", "a length without room for a header is refused, and the session ends") {
            trial in
            let peer = try await trial.peer()
            peer.send(length(35))
            try await peer.fatalRefusal(.badFrame)
        },
        .session("F-1.2", "a length of zero is refused, and the session ends") { trial in
            let peer = try await trial.peer()
            peer.send(length(0))
            try await peer.fatalRefusal(.badFrame)
        },
        .session("F-1.3", "before HELLO, more than its limit is refused by the length alone") {
            trial in
            let peer = try await trial.silentPeer()
            peer.send(length(UInt32(WireLimits.helloFrameByteCountMax + 1)))
            try await peer.fatalRefusal(.frameTooLong)
        },
        .session("F-1.4", "after HELLO, more than the server takes is refused by the length alone")
        {
            trial in
            let peer = try await trial.silentPeer()
            let limit = try await peer.greet().frameByteCountMax
            peer.send(length(limit + 1))
            try await peer.fatalRefusal(.frameTooLong)
        },
        .session("F-1.5", "a HELLO of just its limit is taken") { trial in
            let peer = try await trial.silentPeer()
            var hello = RawFrame(
                RequestSamples.hello, correlation: peer.makeCorrelation())
            let room = WireLimits.helloFrameByteCountMax - FrameHeader.byteCount
            var body = hello.body
            body.writeRepeatingByte(0, count: room - body.readableBytes)
            hello = RawFrame(.hello, correlation: hello.correlation, body: body)
            peer.send(hello)
            let answer = try await peer.answer(to: hello.correlation, "HELLO_OK")
            _ = try answer.decode(HelloOK.self)
        },
        .session("F-1.6", "a frame of just the limit is read") { trial in
            let peer = try await trial.silentPeer()
            let limit = try await peer.greet().frameByteCountMax
            let correlation = peer.makeCorrelation()
            let body = ByteBuffer(
                repeating: 7, count: Int(limit) - FrameHeader.byteCount)
            peer.send(RawFrame(opcode: 0x7FFF, correlation: correlation, body: body))
            try await peer.refusal(to: correlation, .unknownOpcode)
        },
        .session("F-1.7", "a frame that comes byte by byte is read as if it came at once") {
            trial in
            let peer = try await trial.peer()
            let correlation = peer.makeCorrelation()
            for byte in RawFrame(Ping(token: 7), correlation: correlation).bytes.readableBytesView {
                peer.send(ByteBuffer(bytes: [byte]))
                // One TCP segment each, or nearly so.
                try await Task.sleep(for: .milliseconds(1))
            }
            let pong: Pong = try await peer.answer(to: correlation, "PONG").decode()
            try requireEqual(pong.token, 7, "PONG with token")
        },
    ]

    /// The four bytes of a length, and nothing behind them.
    private static func length(_ count: UInt32) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger(count, endianness: .little)
        return bytes
    }
}
