// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// H-9 to H-11: requests and their answers.
enum RequestCases {
    static let all: [ConformanceCase] = answers + refusals

    private static let answers: [ConformanceCase] = [
        .session("H-9.1", "each of many requests at once is answered, and once") { trial in
            let peer = try await trial.peer()
            let first: UInt64 = 1_000
            let numbers = first..<(first + 200)
            peer.send(numbers.map { RawFrame(Ping(token: $0), correlation: $0) })
            for number in numbers {
                let pong: Pong = try await peer.answer(to: number, "PONG to each").decode()
                try requireEqual(pong.token, number, "PONG with token")
            }
            try await peer.proveAlive()
            let more = await peer.find(within: trial.server.quiet) { _ in true }
            guard case .silence = more else {
                throw CaseFailure(expected: "one answer each", seen: "more: \(more)")
            }
        },
        .session("H-9.2", "an answer has flag 2, and the request's correlation and trace") {
            trial in
            try await checkEcho(trial, RequestSamples.harmless(trial.server.role))
        },
        .session("H-9.3", "a refusal has flag 2, and the request's correlation and trace") {
            trial in
            let peer = try await trial.peer()
            var frame = RawFrame(opcode: 0x7FFF, correlation: .max, body: ByteBuffer())
            frame.trace = trial.makeID()
            peer.send(frame)
            let answer = try await peer.answer(to: .max, "ERROR")
            try check(answer, frame.trace)
        },
        .broker("H-9.4", "an answer that waits for the disk has correlation and trace") { trial in
            let queue = try await trial.queue()
            try await checkEcho(trial, Publish(queue: queue, message: trial.envelope()))
        },
    ]

    private static let refusals: [ConformanceCase] = [
        .session("H-10.1", "an opcode that nobody knows is refused, and the session goes on") {
            trial in
            let peer = try await trial.peer()
            for opcode in RequestSamples.unknownOpcodes {
                let frame = RawFrame(
                    opcode: opcode, correlation: peer.makeCorrelation(),
                    body: ByteBuffer(string: "?"))
                peer.send(frame)
                try await peer.refusal(to: frame.correlation, .unknownOpcode)
            }
            try await peer.proveAlive()
        },
        .session("H-11.1", "an empty body where fields must be is refused, and the session goes on")
        {
            trial in
            let peer = try await trial.peer()
            for opcode in RequestSamples.opcodes(trial.server.role) {
                let frame = RawFrame(
                    opcode, correlation: peer.makeCorrelation(), body: ByteBuffer())
                peer.send(frame)
                try await peer.refusal(to: frame.correlation, .badMessage)
            }
            try await peer.proveAlive()
        },
        .session("H-11.2", "a body cut short anywhere is refused, and the session goes on") {
            trial in
            let peer = try await trial.peer()
            let (message, _) = RequestSamples.withEnumeration(
                trial.server.role, subject: try await trial.subject())
            let whole = RawFrame(message, correlation: 0)
            for count in 0..<whole.body.readableBytes {
                let body = whole.body.getSlice(at: 0, length: count) ?? ByteBuffer()
                let frame = RawFrame(
                    opcode: whole.opcode, correlation: peer.makeCorrelation(), body: body)
                peer.send(frame)
                try await peer.refusal(to: frame.correlation, .badMessage)
            }
            try await peer.proveAlive()
        },
    ]

    private static func checkEcho(_ trial: Trial, _ request: any WireMessage) async throws {
        let peer = try await trial.peer()
        let trace = trial.makeID()
        var frame = RawFrame(request, correlation: 0xFEDC_BA98_7654_3210)
        frame.trace = trace
        peer.send(frame)
        let answer = try await peer.answer(to: frame.correlation, "an answer")
        try check(answer, trace)
    }

    private static func check(_ answer: HeardFrame, _ trace: UniqueID) throws {
        let flags = answer.header.flags
        try require(
            flags.contains(.response) && !flags.contains(.push), "flag 2",
            seen: "flags \(flags.rawValue)")
        try requireEqual(answer.header.trace, trace, "trace")
    }
}
