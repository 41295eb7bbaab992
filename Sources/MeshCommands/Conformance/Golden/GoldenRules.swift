// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// What holds for every frame of every session, whatever the case is about.
struct GoldenRules {
    var frameByteCountMax = WireLimits.helloFrameByteCountMax
    var inFlightMax = 1
    private var correlations: Set<UInt64> = []
    private(set) var unanswered: Set<UInt64> = []
    private(set) var hasHello = false

    private static let oneWay: Set<Opcode> = [.cancel, .credit, .release]

    /// - Throws: what the frame breaks.
    mutating func check(_ frame: GoldenFrame) throws(GoldenFailure) {
        try checkSize(frame)
        guard hasHello == (frame.opcode != .hello) else {
            throw GoldenFailure("[H-5] the first frame, and no other, is HELLO; not \(frame.name)")
        }
        hasHello = true
        switch frame.opcode {
        case .pong:
            guard frame.header.flags.contains(.response) else {
                throw GoldenFailure("[H-9] PONG without the flag of a response")
            }
        case .some(let opcode) where Self.oneWay.contains(opcode):
            guard frame.correlation == 0 else {
                throw GoldenFailure("\(frame.name) is one-way: its correlation is 0")
            }
            if opcode == .cancel { unanswered.remove(try frame.decode(Cancel.self).correlation) }
        default: try checkRequest(frame)
        }
    }

    /// The request has its answer.
    mutating func answered(_ correlation: UInt64) { unanswered.remove(correlation) }

    private func checkSize(_ frame: GoldenFrame) throws(GoldenFailure) {
        let longest = max(frame.byteCount, frame.plain.readableBytes)
        guard longest <= frameByteCountMax else {
            throw GoldenFailure("[H-7] \(frame.name) has \(longest) bytes: \(frameByteCountMax)")
        }
        guard frame.header.flags.contains(.compressed) else { return }
        guard frame.plain.readableBytes >= WireLimits.compressionThresholdByteCount else {
            throw GoldenFailure("[F-6] \(frame.plain.readableBytes) bytes are compressed")
        }
    }

    private mutating func checkRequest(_ frame: GoldenFrame) throws(GoldenFailure) {
        guard frame.correlation != 0, !frame.header.flags.contains(.response) else {
            throw GoldenFailure("[H-9] \(frame.name) is a request: a correlation, and no response")
        }
        guard correlations.insert(frame.correlation).inserted else {
            throw GoldenFailure("[H-9] correlation \(frame.correlation) is used twice")
        }
        // Signs of life are no requests that wait.
        guard frame.opcode != .ping else { return }
        unanswered.insert(frame.correlation)
        guard unanswered.count <= inFlightMax else {
            throw GoldenFailure("[H-7] \(unanswered.count) requests in flight: \(inFlightMax)")
        }
    }
}
