// SPDX-License-Identifier: MIT

/// Where a daemon listens.
package struct MeshEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A DNS name or an IP address.
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, an IPv6 address in brackets; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether the host is a name, which a TLS client tells the server.
    var isNamed: Bool { !host.contains(":") && !host.allSatisfy { $0.isNumber || $0 == "." } }
}
