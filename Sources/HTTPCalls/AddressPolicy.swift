// SPDX-License-Identifier: MIT

/// Which addresses may be called. It is asked about the address that a socket is about to connect
/// to, after all name look-ups, so that a name cannot point elsewhere once it was checked.
package enum AddressPolicy: String, Sendable, CaseIterable {
    /// Any address: for peers that the operator configured.
    case any
    /// Only addresses of the public Internet: for URLs that come from outside. Loopback, private,
    /// link-local (cloud metadata), shared, multicast, reserved and documentation ranges are refused,
    /// also when an IPv6 address carries them inside.
    case publicOnly = "public_only"

    /// - Parameter address: 4 or 16 bytes in network order.
    package func permits(_ address: [UInt8]) -> Bool {
        switch self {
        case .any: true
        case .publicOnly: Self.isPublic(address)
        }
    }

    private struct Range {
        let prefix: [UInt8]
        let bitCount: Int

        init(_ prefix: [UInt8], _ bitCount: Int) {
            self.prefix = prefix
            self.bitCount = bitCount
        }

        func contains(_ address: [UInt8]) -> Bool {
            for bit in 0..<bitCount {
                let mask = UInt8(0x80) >> UInt8(bit % 8)
                let wanted = bit / 8 < prefix.count ? prefix[bit / 8] : 0
                if (address[bit / 8] ^ wanted) & mask != 0 { return false }
            }
            return true
        }
    }

    private static let refused4 = [
        Range([0], 8), Range([10], 8), Range([100, 64], 10), Range([127], 8),
        Range([169, 254], 16), Range([172, 16], 12), Range([192, 0, 0], 24),
        Range([192, 0, 2], 24), Range([192, 88, 99], 24), Range([192, 168], 16),
        Range([198, 18], 15),
        Range([198, 51, 100], 24), Range([203, 0, 113], 24), Range([224], 4), Range([240], 4),
    ]

    private static let refused6 = [
        // Unspecified, loopback, and IPv4 in its old "compatible" form.
        Range([], 96),
        // Discard, documentation, protocol assignments (Teredo and ORCHID among them), segment routing,
        // and NAT64 of a network's own.
        Range([0x01, 0x00], 64), Range([0x20, 0x01, 0x0D, 0xB8], 32), Range([0x3F, 0xFF], 20),
        Range([0x20, 0x01, 0x00], 23), Range([0x5F, 0x00], 16),
        Range([0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01], 48),
        // Unique local, link-local, site-local, multicast.
        Range([0xFC], 7), Range([0xFE, 0x80], 10), Range([0xFE, 0xC0], 10), Range([0xFF], 8),
    ]

    /// IPv6 ranges that carry an IPv4 address, and where in it.
    private static let carriers: [(range: Range, offset: Int)] = [
        (Range([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 96), 12),
        (Range([0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0], 96), 12),
        (Range([0x00, 0x64, 0xFF, 0x9B], 96), 12),
        (Range([0x20, 0x02], 16), 2),
    ]

    private static func isPublic(_ address: [UInt8]) -> Bool {
        if address.count == 4 { return !refused4.contains { $0.contains(address) } }
        guard address.count == 16 else { return false }
        if let carrier = carriers.first(where: { $0.range.contains(address) }) {
            return isPublic(Array(address[carrier.offset..<carrier.offset + 4]))
        }
        return !refused6.contains { $0.contains(address) }
    }
}
