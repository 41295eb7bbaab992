// SPDX-License-Identifier: MIT
import Checksum
import NIOCore
import Orders
import Testing
import Wire

@testable import Conformance

/// A way to break a rule, and the case that must notice.
struct Fault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let id: CaseID
    let tamper: TamperingProxy.Tamper

    /// Changes frames of one kind.
    init(
        _ name: String, noticedBy id: CaseID, in direction: TamperingProxy.Direction = .toClient,
        _ opcode: Opcode, _ change: @escaping @Sendable (inout RawFrame) -> Void
    ) {
        self.init(name, noticedBy: id, in: direction, opcode) { frame in
            var changed = frame
            change(&changed)
            return [changed]
        }
    }

    /// Puts others in place of frames of one kind.
    init(
        _ name: String, noticedBy id: CaseID, in direction: TamperingProxy.Direction = .toClient,
        _ opcode: Opcode, replacing replace: @escaping @Sendable (RawFrame) -> [RawFrame]
    ) {
        testDescription = name
        self.id = id
        tamper = { found, bytes in
            guard found == direction, let frame = RawFrame(bytes), frame.opcode == opcode.rawValue
            else { return [bytes] }
            return replace(frame).map(\.bytes)
        }
    }

    /// Of brokers.
    static let all: [Fault] = answers + effects

    private static let answers: [Fault] = [
        Fault("an answer without its trace", noticedBy: "H-9.4", .published) { $0.trace = .zero },
        Fault("an answer without flag 2", noticedBy: "H-9.4", .published) { $0.flags = 0 },
        Fault("an answer that comes twice", noticedBy: "H-9.1", .pong) { [$0, $0] },
        Fault("no answer to what nobody knows", noticedBy: "H-10.1", .error) { _ in [] },
        Fault("another token in PONG", noticedBy: "H-13.1", .pong) { $0.setByte(2, at: 0) },
        Fault("another version in HELLO_OK", noticedBy: "H-6.3", .helloOK) { $0.setByte(9, at: 0) },
        Fault("a duplicate that is not told", noticedBy: "B-2.2", .published) {
            $0.setByte(0, at: 8)
        },
        Fault("a stale settlement that is called done", noticedBy: "B-11.1", .settled) {
            $0.setByte(0, at: 8)
        },
        Fault("a refusal by another code", noticedBy: "B-18.1", .error) { $0.setByte(117, at: 0) },
        Fault("a refusal that may have been applied", noticedBy: "B-5.1", .error) {
            $0.setByte(1, at: 2)
        },
        Fault("a full queue that does not say when to come back", noticedBy: "B-4.1", .error) {
            for index in 3..<7 { $0.setByte(0, at: index) }
        },
    ]

    private static let effects: [Fault] = [
        Fault("more credit than was given", noticedBy: "B-6.1", in: .toServer, .consume) {
            $0.setByte(100, at: $0.body.readableBytes - 4)
        },
        Fault("a delivery that comes twice", noticedBy: "B-2.1", .deliver) { [$0, $0] },
        Fault("a release that burns an attempt", noticedBy: "B-14.1", in: .toServer, .settle) {
            let queueByteCount = Int($0.body.getInteger(at: 0, as: UInt8.self) ?? 0)
            // Behind the queue, the count, and the settlement's length, sequence and token.
            $0.setByte(1, at: 2 + queueByteCount + 4 + 4 + 16)
        },
        Fault("a pause that is forgotten", noticedBy: "B-21.1", in: .toServer, .pause) { frame in
            guard let request = try? Pause(body: frame.body) else { return [frame] }
            let resume = Resume(queue: request.queue, who: request.who, why: request.why)
            return [frame, RawFrame(resume, correlation: .max)]
        },
        Fault("a purge of what nobody asked for", noticedBy: "B-22.1", in: .toServer, .purge) {
            let queueByteCount = Int($0.body.getInteger(at: 0, as: UInt8.self) ?? 0)
            $0.setByte(1, at: 2 + queueByteCount)
        },
        Fault(
            "a message that is stored under another id", noticedBy: "B-2.3", in: .toServer, .publish
        ) {
            let queueByteCount = Int($0.body.getInteger(at: 0, as: UInt8.self) ?? 0)
            $0.setByte(UInt8.random(in: 0...255), at: 2 + queueByteCount + 4)
            $0.setByte(UInt8.random(in: 0...255), at: 2 + queueByteCount + 5)
        },
    ]
}

extension RawFrame {
    /// A plain frame as it was on the wire; nil for a compressed one.
    fileprivate init?(_ bytes: ByteBuffer) {
        var buffer = bytes
        guard
            let frame = try? Frame.next(
                from: &buffer, byteCountMax: WireLimits.frameByteCountMax),
            !frame.header.flags.contains(.compressed)
        else { return nil }
        self.init(
            opcode: frame.header.opcode, correlation: frame.header.correlation, body: frame.body)
        flags = frame.header.flags.rawValue
        trace = frame.header.trace
        deadlineMilliseconds = frame.header.deadlineMilliseconds
    }

    /// Changes one byte of the body, and the checksum with it.
    fileprivate mutating func setByte(_ byte: UInt8, at index: Int) {
        body.setInteger(byte, at: body.readerIndex + index)
        checksum = body.withUnsafeReadableBytes { CRC32C.checksum($0) }
    }
}
