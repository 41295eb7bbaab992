// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Testing
import Wire

@testable import RateLimit

/// What is read and written at one stroke must be what the generated codecs make of it.
@Suite struct SingleTakeTests {
    private static let request = TokenRequest(
        tenant: "tenant-17", cost: 3, key: UniqueID(high: 5, low: 9), hold: true)

    private static func body(_ message: some WireMessage) -> ByteBuffer {
        var buffer = ByteBuffer()
        message.write(to: &buffer)
        return buffer
    }

    @Test func `one take is read as it was written`() {
        #expect(SingleTake(Self.body(Take(takes: [Self.request])))?.request == Self.request)
    }

    @Test func `none and several are left to the list's decoder`() {
        #expect(SingleTake(Self.body(Take(takes: [])))?.request == nil)
        #expect(SingleTake(Self.body(Take(takes: [Self.request, Self.request])))?.request == nil)
    }

    /// Cut anywhere, with any byte changed: what is read here, the decoder reads as the same.
    @Test func `whatever is accepted means the same to the decoder`() throws {
        let whole = Self.body(Take(takes: [Self.request]))
        var bodies = (0...whole.readableBytes).compactMap { whole.getSlice(at: 0, length: $0) }
        for index in 0..<whole.readableBytes {
            for value: UInt8 in [0, 1, 2, 0x61, 0x7F, 0x80, 0xFF] {
                var changed = whole
                changed.setInteger(value, at: index)
                bodies.append(changed)
                changed.writeBytes([1, 2, 3])
                bodies.append(changed)
            }
        }
        var acceptedCount = 0
        for body in bodies {
            guard let single = SingleTake(body) else { continue }
            acceptedCount += 1
            #expect(try Take(body: body).takes == [single.request])
        }
        #expect(acceptedCount > 100)
    }

    @Test func `an answer is that of a list of one`() throws {
        let decision = Wire.Decision(
            granted: true, scope: .global, limit: 7, remaining: 6, resetMilliseconds: 5,
            retryAfterMilliseconds: 4, windowSeconds: 3, held: true)
        let body = Self.body(Taken(decisions: [decision]))
        #expect(Self.body(SingleTake.Answer(decision)) == body)
        #expect(try SingleTake.Answer(body: body).decision == decision)
    }
}
