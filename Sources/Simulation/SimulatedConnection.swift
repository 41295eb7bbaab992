// SPDX-License-Identifier: MIT
import DequeModule
import NIOCore
import NIOEmbedded

/// One connection: the broker's end of it, and what is on its way in either direction.
///
/// The network hands over bytes in pieces of any length, and may be cut anywhere. Either side may
/// believe in it for longer than the other.
final class SimulatedConnection {
    let number: Int
    let channel: EmbeddedChannel
    /// Whether the client still holds it.
    var isHeldByClient = true
    /// Handed to the broker and not answered; by correlation.
    var unanswered: [UInt64: ClientRequest] = [:]
    private var toBroker = ByteBuffer()
    private var sentByteCount = 0
    private var requests: Deque<(end: Int, correlation: UInt64, request: ClientRequest)> = []
    private var receivedByteCount = 0
    private var fromBroker = ByteBuffer()
    private var leftByteCount = 0
    private var words: Deque<(end: Int, correlation: UInt64, word: ServerWord)> = []
    private var heardByteCount = 0

    init(number: Int, channel: EmbeddedChannel) {
        self.number = number
        self.channel = channel
    }

    /// Whether the broker holds it.
    var isHeldByBroker: Bool { channel.isActive }

    // MARK: - To the broker

    var toBrokerByteCount: Int { toBroker.readableBytes }

    func send(_ request: ClientRequest, correlation: UInt64) {
        let before = toBroker.writerIndex
        request.write(to: &toBroker, correlation: correlation)
        sentByteCount += toBroker.writerIndex - before
        requests.append((sentByteCount, correlation, request))
    }

    /// Takes the next bytes off the way, and the requests that are whole with them.
    func takeForBroker(
        byteCount: Int
    ) -> (bytes: ByteBuffer, requests: [(correlation: UInt64, request: ClientRequest)]) {
        let bytes = toBroker.readSlice(length: min(byteCount, toBroker.readableBytes))
        receivedByteCount += bytes?.readableBytes ?? 0
        var whole: [(correlation: UInt64, request: ClientRequest)] = []
        while let first = requests.first, first.end <= receivedByteCount {
            requests.removeFirst()
            whole.append((first.correlation, first.request))
        }
        return (bytes ?? ByteBuffer(), whole)
    }

    // MARK: - To the client

    var toClientByteCount: Int { leftByteCount - heardByteCount }

    /// Takes what the broker wrote; the words of it, as they leave.
    func collect() throws -> [(correlation: UInt64, word: ServerWord)] {
        var left: [(correlation: UInt64, word: ServerWord)] = []
        while var bytes = try channel.readOutbound(as: ByteBuffer.self) {
            fromBroker.writeBuffer(&bytes)
        }
        while true {
            let before = fromBroker.readableBytes
            guard let (word, correlation) = try ServerWord.next(from: &fromBroker) else { break }
            leftByteCount += before - fromBroker.readableBytes
            words.append((leftByteCount, correlation, word))
            left.append((correlation, word))
        }
        return left
    }

    /// Hands the client the next bytes: the words that are whole with them.
    func takeForClient(byteCount: Int) -> [(correlation: UInt64, word: ServerWord)] {
        heardByteCount = min(heardByteCount + byteCount, leftByteCount)
        var heard: [(correlation: UInt64, word: ServerWord)] = []
        while let first = words.first, first.end <= heardByteCount {
            words.removeFirst()
            heard.append((first.correlation, first.word))
        }
        return heard
    }
}
