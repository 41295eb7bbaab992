// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// F-7 to F-9: fields of messages.
enum FieldCases {
    static let all: [ConformanceCase] = values + counts + trailing

    private static let values: [ConformanceCase] = [
        .session("F-7.1", "a bool other than 0 and 1 is refused, and the session goes on") {
            trial in
            var (opcode, body) = bytes(of: RequestSamples.endingInBool(trial.server.role))
            body.setInteger(UInt8(2), at: body.writerIndex - 1)
            try await refuse(trial, opcode, body)
        },
        .session("F-7.2", "an unknown value of an enumeration is refused, and the session goes on")
        {
            trial in
            let (message, fromEnd) = RequestSamples.withEnumeration(
                trial.server.role, subject: try await trial.subject())
            var (opcode, body) = bytes(of: message)
            body.setInteger(UInt8(99), at: body.writerIndex - fromEnd)
            try await refuse(trial, opcode, body)
        },
        .session("F-7.3", "bytes that are not UTF-8 are refused, and the session goes on") {
            trial in
            for text: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x61, 0xC3]] {
                let (opcode, body) = RequestSamples.beginning(with: text, trial.server.role)
                try await refuse(trial, opcode, body)
            }
        },
    ]

    private static let counts: [ConformanceCase] = [
        .session("F-8.1", "a list of more elements than its limit is refused") { trial in
            let (opcode, body) = RequestSamples.claiming(
                4_097, trial.server.role, subject: try await trial.subject())
            try await refuse(trial, opcode, body)
        },
        .session("F-8.2", "a list of more elements than the bytes left could hold is refused") {
            trial in
            let subject = try await trial.subject()
            for count: UInt32 in [1, 4_096, .max] {
                let (opcode, body) = RequestSamples.claiming(
                    count, trial.server.role, subject: subject)
                try await refuse(trial, opcode, body)
            }
        },
        .session("F-8.3", "a string of more bytes than its limit is refused") { trial in
            let text = [UInt8](repeating: UInt8(ascii: "a"), count: 65)
            let (opcode, body) = RequestSamples.beginning(with: text, trial.server.role)
            try await refuse(trial, opcode, body)
        },
        .session("F-8.4", "a limit counts bytes, not characters") { trial in
            let text = Array(String(repeating: "ä", count: 33).utf8)
            let (opcode, body) = RequestSamples.beginning(with: text, trial.server.role)
            try await refuse(trial, opcode, body)
        },
    ]

    private static let trailing: [ConformanceCase] = [
        .session("F-9.1", "what stands behind the last field of a message is skipped") { trial in
            let peer = try await trial.peer()
            var (opcode, body) = bytes(of: Ping(token: 9))
            body.writeString("what a later version may add")
            let frame = RawFrame(opcode, correlation: peer.makeCorrelation(), body: body)
            peer.send(frame)
            let pong: Pong = try await peer.answer(to: frame.correlation, "PONG").decode()
            try requireEqual(pong.token, 9, "PONG with token")
        },
        .session("F-9.2", "what stands behind the last field of a structure is skipped") { trial in
            let peer = try await trial.peer()
            switch trial.server.role {
            case .broker:
                let queue = try await trial.queue()
                let body = publish(trial.envelope(), to: queue, adding: "later")
                let frame = RawFrame(.publish, correlation: peer.makeCorrelation(), body: body)
                peer.send(frame)
                _ = try await peer.answer(to: frame.correlation, "PUBLISHED")
                    .decode(Published.self)
            case .limiter:
                let body = take(trial.request(trial.makeName(), 0), adding: "later")
                let frame = RawFrame(.take, correlation: peer.makeCorrelation(), body: body)
                peer.send(frame)
                let taken: Taken = try await peer.answer(to: frame.correlation, "TAKEN").decode()
                try requireEqual(taken.decisions.count, 1, "decisions in TAKEN:")
            }
        },
    ]

    private static func bytes(of message: any WireMessage) -> (Opcode, ByteBuffer) {
        var body = ByteBuffer()
        message.write(to: &body)
        return (type(of: message).opcode, body)
    }

    /// Sends a body that must be refused as none of its opcode.
    private static func refuse(
        _ trial: Trial, _ opcode: Opcode, _ body: ByteBuffer
    ) async throws {
        let peer = try await trial.desk()
        let frame = RawFrame(opcode, correlation: peer.makeCorrelation(), body: body)
        peer.send(frame)
        try await peer.refusal(to: frame.correlation, .badMessage)
        try await peer.proveAlive()
    }

    private static func publish(
        _ envelope: Envelope, to queue: String, adding tail: String
    ) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeWireString(queue, max: WireLimits.queueNameByteCountMax)
        body.writeImmutableBuffer(structure(envelope, adding: tail))
        return body
    }

    private static func take(_ request: TokenRequest, adding tail: String) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeInteger(UInt32(1), endianness: .little)
        body.writeImmutableBuffer(structure(request, adding: tail))
        return body
    }

    /// A structure behind its length, with more fields than we know.
    private static func structure(
        _ value: some WireStructure, adding tail: String
    ) -> ByteBuffer {
        var fields = ByteBuffer()
        value.write(to: &fields)
        fields.writeString(tail)
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt32(fields.readableBytes), endianness: .little)
        bytes.writeImmutableBuffer(fields)
        return bytes
    }
}
