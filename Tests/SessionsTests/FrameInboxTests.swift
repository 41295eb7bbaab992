// SPDX-License-Identifier: MIT

import FrameCompression
import NIOCore
import Testing
import Wire

@testable import Sessions

@Suite struct FrameInboxTests {
    @Test func `frames come out whole wherever the stream is cut`() throws {
        var outbox = FrameOutbox(compressor: .init(), frameByteCountMax: 100_000)
        for token in 1...3 {
            _ = outbox.append(
                Ping(token: UInt64(token)), header: .init(opcode: 3, correlation: UInt64(token)))
        }
        let bytes = outbox.take()
        let stream = try #require(bytes)
        for cut in 0...stream.readableBytes {
            var inbox = FrameInbox()
            var found: [UInt64] = []
            var rest = stream
            for part in [rest.readSlice(length: cut), rest] {
                guard let part, part.readableBytes > 0 else { continue }
                inbox.append(part)
                while let frame = try inbox.next(byteCountMax: 100) {
                    found.append(frame.correlation)
                }
                inbox.endBurst()
            }
            #expect(found == [1, 2, 3])
        }
    }

    @Test func `a frame longer than the peer takes is not sent, and what stands before it is`() {
        var outbox = FrameOutbox(compressor: .init(), frameByteCountMax: 50)
        let header = FrameHeader(opcode: 7, correlation: 1)
        let isAppended = outbox.append(Ping(token: 1), header: header)
        #expect(isAppended)
        let before = outbox.byteCount
        let long = ErrorReply(.failed, message: String(repeating: "a", count: 900))
        let isLongAppended = outbox.append(long, header: header)
        #expect(!isLongAppended)
        #expect(outbox.byteCount == before)
    }
}
