// SPDX-License-Identifier: MIT

/// What a context demands of the other side, beyond TLS 1.3.
package struct TLSPolicy: Sendable, Equatable {
    /// Application protocols (ALPN), by preference; each 1...255 bytes of ASCII.
    package let protocols: [String]
    /// Whether a peer that names none of them is refused.
    package let isProtocolRequired: Bool
    /// Whether a peer must show a certificate with an identity of this mesh.
    package let isPeerCertificateRequired: Bool

    package init(protocols: [String], isProtocolRequired: Bool, isPeerCertificateRequired: Bool) {
        self.protocols = protocols
        self.isProtocolRequired = isProtocolRequired
        self.isPeerCertificateRequired = isPeerCertificateRequired
    }

    /// The mesh protocol: mutual, `order-mesh/1` and nothing else.
    package static let mesh = TLSPolicy(
        protocols: ["order-mesh/1"], isProtocolRequired: true, isPeerCertificateRequired: true)

    /// HTTPS for anyone: a certificate that is shown must be good, none need be shown.
    package static let https = TLSPolicy(
        protocols: ["http/1.1"], isProtocolRequired: false, isPeerCertificateRequired: false)

    /// The protocols as ALPN writes them: each with its length before it.
    var encodedProtocols: [UInt8] {
        protocols.flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) }
    }
}
