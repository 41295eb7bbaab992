// SPDX-License-Identifier: MIT

import NIOCore
import NIOPosix
import Orders
import SecureTransport
import Sessions
import TestSupport
import Testing
import Wire

/// What comes from outside and is not as it should be, against a real `brokerd`: a typed refusal
/// each, the daemon unharmed, nothing lost.
@Suite(.serialized, .timeLimit(.minutes(2))) struct BadInputTests {
    private let certificates: TestCertificates
    private let directory: String

    init() throws {
        certificates = try TestCertificates()
        directory = certificates.directory + "/data"
        _ = try certificates.files(.service("brokerd"))
    }

    @Test func `whatever comes, the broker refuses it by name and serves the next`() async throws {
        let broker = try await DaemonProcess.start(
            "brokerd",
            environment: [
                "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0",
                "MESH_TLS_DIR": certificates.directory, "MESH_DATA_DIR": directory,
                "MESH_LOG_SEGMENT_BYTES": "1048576", "MESH_QUEUES": "payment",
            ])
        try await withConnection(to: broker) { connection in
            let published = try await connection.call(
                Publish(queue: "payment", message: Self.message), answer: Published.self,
                deadline: .seconds(20))
            #expect(!published.duplicate)
            for attack in Self.attacks {
                let refusal = try await refusal(of: attack, by: broker)
                #expect(refusal == attack.refusal, "\(attack.name)")
                // The one message is still there, and a good client still served.
                let ready = try await Self.readyCount(connection)
                #expect(ready == 1, "\(attack.name)")
            }
            try await refuseStrangers(by: broker)
            let ready = try await Self.readyCount(connection)
            #expect(ready == 1)
        }
        #expect(broker.isRunning)
        #expect(await broker.end() == 0)
    }

    // MARK: Attacks

    private struct Attack {
        let name: String
        var isGreeted = true
        let bytes: ByteBuffer
        let refusal: WireErrorCode
    }

    private static var attacks: [Attack] {
        var long = ByteBuffer()
        long.writeInteger(UInt32.max, endianness: .little)
        var bomb = ByteBuffer()
        bomb.writeInteger(UInt32(1 << 30), endianness: .little)
        bomb.writeRepeatingByte(0, count: 16)
        let body = ByteBuffer(bytes: [1, 2, 3, 4, 5, 6, 7, 8])
        return [
            Attack(name: "too long", bytes: long, refusal: .frameTooLong),
            Attack(
                name: "too long before HELLO", isGreeted: false,
                bytes: frame(.ping, ByteBuffer(repeating: 0, count: 2000)), refusal: .frameTooLong),
            Attack(
                name: "before HELLO", isGreeted: false, bytes: frame(.queueStats, body),
                refusal: .helloRequired),
            Attack(
                name: "bad checksum", bytes: frame(.ping, body, checksum: 7), refusal: .badChecksum),
            Attack(name: "bomb", bytes: frame(.ping, bomb, flags: 1), refusal: .badCompression),
            Attack(
                name: "unknown opcode", bytes: frame(nil, body), refusal: .unknownOpcode),
            Attack(
                name: "not what the opcode says", bytes: frame(.publish, body), refusal: .badMessage
            ),
        ]
    }

    private func refusal(of attack: Attack, by broker: DaemonProcess) async throws -> WireErrorCode?
    {
        let tls = try certificates.context(.client, .operator("mallory"))
        let peer = try await RawPeer.connect(port: broker.port("mesh"), tls: tls)
        if attack.isGreeted { try await peer.greet() }
        peer.send(attack.bytes)
        let code = try await peer.nextRefusal()
        if code?.isFatal == true { try await peer.ended() }
        await peer.close()
        return code
    }

    /// Those who do not even get to say something: the connection ends.
    private func refuseStrangers(by broker: DaemonProcess) async throws {
        let plain = try await RawPeer.connect(port: broker.port("mesh"), tls: nil)
        plain.send(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        try await plain.ended()
        let stranger = try TestCertificates()
        let own = try stranger.files(.operator("mallory"))
        let files = TLSFiles(
            certificate: own.certificate, privateKey: own.privateKey,
            trustRoots: certificates.directory + "/ca.pem")
        let tls = try TLSContext(role: .client, files: files)
        let peer = try await RawPeer.connect(port: broker.port("mesh"), tls: tls)
        await #expect(throws: (any Error).self) { try await peer.greet() }
        try await peer.ended()
    }

    // MARK: The good client

    private func withConnection(
        to broker: DaemonProcess, _ body: @Sendable (MeshConnection) async throws -> Void
    ) async throws {
        let connection = MeshConnection(
            to: MeshEndpoint(host: "127.0.0.1", port: broker.port("mesh")),
            tls: try certificates.context(.client, .operator("alice")),
            expecting: .service("brokerd"), name: "good",
            group: MultiThreadedEventLoopGroup.singleton)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await connection.run() }
            defer { tasks.cancelAll() }
            try await connection.connected(within: .seconds(20))
            try await body(connection)
        }
    }

    private static func readyCount(_ connection: MeshConnection) async throws -> UInt64? {
        let statistics = try await connection.call(
            QueueStats(queue: "payment"), answer: QueueStatsOK.self, deadline: .seconds(20))
        return statistics.queues.first?.ready
    }

    private static let message = Envelope(
        id: UniqueID(high: 1, low: 2), trace: UniqueID(high: 3, low: 4), group: .zero,
        tenant: "acme", priority: .normal, notBeforeMilliseconds: 0, body: ByteBuffer(string: "x"))

    /// A frame of any body; without an opcode, one that does not exist.
    private static func frame(
        _ opcode: Opcode?, _ body: ByteBuffer, flags: UInt8 = 0, checksum: UInt32? = nil
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        let header = FrameHeader(opcode: opcode?.rawValue ?? 0x7FFF, correlation: 9)
        Frame.append(RawBody(bytes: body), header: header, to: &buffer)
        buffer.setInteger(flags, at: FrameHeader.lengthByteCount + 1)
        if let checksum {
            buffer.setInteger(checksum, at: FrameHeader.byteCount, endianness: .little)
        }
        return buffer
    }
}

/// A body of any bytes.
private struct RawBody: WireMessage {
    static var opcode: Opcode { .ping }
    let bytes: ByteBuffer

    init(bytes: ByteBuffer) { self.bytes = bytes }

    init(from reader: inout WireReader) throws(WireError) { bytes = ByteBuffer() }

    func write(to buffer: inout ByteBuffer) { buffer.writeImmutableBuffer(bytes) }
}
