// SPDX-License-Identifier: MIT
import NIOCore
import SecureTransport
import Wire

/// H-1 to H-4: who gets in.
enum SecurityCases {
    static let all: [ConformanceCase] = protocols + certificates + identities

    private static let protocols: [ConformanceCase] = [
        .session("H-1.1", "a client that offers TLS 1.2 alone is refused") { trial in
            let peer = try await trial.connect(nil)
            peer.send(helloOfTLS12)
            try await peer.end()
        },
        .session("H-1.2", "a client that speaks no TLS is cut off") { trial in
            let peer = try await trial.connect(nil)
            peer.send(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: mesh\r\n\r\n"))
            try await peer.end()
        },
        .session("H-1.3", "HELLO in plain text is not answered") { trial in
            let peer = try await trial.connect(nil)
            peer.send(RawFrame(RequestSamples.hello, correlation: 1))
            try await peer.end()
        },
        .session("H-3.1", "a client of another application protocol is refused") { trial in
            let tls = try trial.passports.context(offering: ["http/1.1"])
            try await refuse(trial, tls)
        },
        .session("H-3.2", "a client that names no application protocol is refused") { trial in
            let tls = try trial.passports.context(offering: [])
            try await refuse(trial, tls)
        },
    ]

    private static let certificates: [ConformanceCase] = [
        .session("H-2.1", "a client without a certificate is refused") { trial in
            try await refuse(trial, try trial.passports.anonymous())
        },
        .session("H-2.2", "a client with a certificate of another root is refused") { trial in
            try await refuse(trial, try trial.passports.stranger())
        },
    ]

    private static let identities: [ConformanceCase] = [
        .session("H-4.1", "a certificate of the mesh that names no identity is refused") { trial in
            let uris = ["https://example.org/operator"]
            try await refuse(trial, try trial.passports.context(named: uris))
        },
        .session("H-4.2", "a certificate that names two identities is refused") { trial in
            let uris = [
                "spiffe://order-mesh/operator/alice", "spiffe://order-mesh/service/paymentd",
            ]
            try await refuse(trial, try trial.passports.context(named: uris))
        },
        .session("H-4.3", "an identity beside URIs of others is the identity") { trial in
            let uris = ["https://example.org/alice", "spiffe://order-mesh/operator/alice"]
            let peer = try await trial.connect(try trial.passports.context(named: uris))
            try await peer.greet()
            try await peer.proveAlive()
        },
    ]

    /// In TLS 1.3 a client's handshake is over before the server has seen its certificate: a refusal
    /// shows in that HELLO is never answered.
    private static func refuse(_ trial: Trial, _ tls: TLSContext) async throws {
        let peer = try await trial.connect(tls)
        peer.send(RawFrame(RequestSamples.hello, correlation: 1))
        try await peer.end()
    }

    /// A ClientHello of TLS 1.2: no supported_versions, one cipher suite, no extensions.
    private static let helloOfTLS12: ByteBuffer = {
        let suites: [UInt8] = [0x00, 0x02, 0xC0, 0x2F, 0x01, 0x00]
        let body: [UInt8] = [0x03, 0x03] + [UInt8](repeating: 7, count: 32) + [0x00] + suites
        let handshake: [UInt8] = [0x01, 0x00, 0x00, UInt8(body.count)] + body
        return ByteBuffer(bytes: [0x16, 0x03, 0x01, 0x00, UInt8(handshake.count)] + handshake)
    }()
}
