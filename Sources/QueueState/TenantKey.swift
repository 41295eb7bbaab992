// SPDX-License-Identifier: MIT

/// A tenant by the hash of its name: what a message keeps of its owner, and a record of the log
/// with it. Never zero.
///
/// 64 bits make interning needless: there is no table to bound, and two tenants that meet in one
/// hash (a chance of 1 in 10^10 among 60,000) take one turn together instead of two.
package struct TenantKey: Hashable, Sendable {
    package let rawValue: UInt64

    /// As a record of the log has it.
    init(recorded rawValue: UInt64) {
        self.rawValue = max(rawValue, 1)
    }

    /// - Parameter name: UTF-8; empty for messages of nobody.
    package init(name: some Sequence<UInt8>) {
        self = ContiguousArray(name).withUnsafeBytes { TenantKey(name: $0) }
    }

    package init(name: UnsafeRawBufferPointer) {
        // FNV-1a: names are short, and this hash is part of the log's format.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        self.init(recorded: hash)
    }
}
