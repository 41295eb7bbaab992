// SPDX-License-Identifier: MIT

/// Who is at the other end, as the one URI of this mesh in its certificate says.
package enum PeerIdentity: Sendable, Hashable, CustomStringConvertible {
    /// A daemon of the mesh: `spiffe://order-mesh/service/paymentd`.
    case service(String)
    /// A customer of the mesh: `spiffe://order-mesh/tenant/acme`.
    case tenant(String)
    /// A person with an operator's rights: `spiffe://order-mesh/operator/alice`.
    case `operator`(String)

    static let prefix = "spiffe://order-mesh/"
    static let nameByteCountMax = 64

    /// Reads a URI; nil when it is not exactly one of the three forms, with a name of
    /// 1...64 bytes of `[a-z0-9._-]`.
    package init?(uri: String) {
        guard uri.hasPrefix(Self.prefix) else { return nil }
        let parts = uri.dropFirst(Self.prefix.count)
            .split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[1]) else { return nil }
        let name = String(parts[1])
        switch parts[0] {
        case "service": self = .service(name)
        case "tenant": self = .tenant(name)
        case "operator": self = .operator(name)
        default: return nil
        }
    }

    /// The URI.
    package var description: String {
        switch self {
        case .service(let name): Self.prefix + "service/" + name
        case .tenant(let name): Self.prefix + "tenant/" + name
        case .operator(let name): Self.prefix + "operator/" + name
        }
    }

    /// The last part of the URI alone.
    package var name: String {
        switch self {
        case .service(let name), .tenant(let name), .operator(let name): name
        }
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        (1...nameByteCountMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
