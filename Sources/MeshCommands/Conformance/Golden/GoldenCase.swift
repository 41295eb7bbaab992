// SPDX-License-Identifier: MIT
import SecureTransport

/// One numbered case: what the client is told, what the server plays, what must come of it.
struct GoldenCase: Sendable {
    /// As whom the server shows itself.
    enum Guise: Sendable {
        /// As the service that the instruction names.
        case expected
        /// As another service of the mesh.
        case other
        /// With a certificate of a root that the client does not know.
        case stranger
        /// Without ALPN.
        case speechless
        case tls12
    }

    let id: String
    /// The rules of the protocol that it tries.
    let rules: [String]
    let title: String
    var guise = Guise.expected
    let instruction: GoldenInstruction
    let script: [GoldenStep]
    let expectation: GoldenExpectation
}
