// SPDX-License-Identifier: MIT

/// The shares of tenants that have not the usual one.
struct TenantWeights: Equatable {
    /// By name, so that they can be told and written down.
    private(set) var byName: [String: UInt32] = [:]
    private var byKey: [TenantKey: UInt32] = [:]

    /// Messages that a tenant of weight 1 has before the next one's turn.
    var turnCount = EngineLimits.turnCountUsual

    /// Of whoever was given none.
    static let usual: UInt32 = 1
    /// More would have one tenant go 16,000 times before the next.
    static let weightMax: UInt32 = 1000
    /// All of them stand at the beginning of each segment of the log.
    static let countMax = 1024
    static let nameByteCountMax = 64

    subscript(tenant: TenantKey) -> UInt32 {
        byKey.isEmpty ? Self.usual : byKey[tenant] ?? Self.usual
    }

    /// Messages that a tenant has before the next one's turn.
    func turn(of tenant: TenantKey) -> UInt32 { turnCount * self[tenant] }

    /// Sets the weight of a tenant; the usual one is not kept.
    mutating func set(_ weight: UInt32, of name: String) {
        let kept = weight == Self.usual ? nil : weight
        byName[name] = kept
        byKey[TenantKey(name: name.utf8)] = kept
    }
}
