// SPDX-License-Identifier: MIT
import AWS
import FoundationEssentials
import NIOCore
import Orders
import Wire

/// A key as an item of the table.
extension NamedKey {
    /// Begins the names of all items that are keys. No tenant has a slash in its name, so that no two
    /// keys meet.
    static let prefix = "key/"

    var item: DynamoDBItem {
        [
            TablePart.key: .string("\(Self.prefix)\(tenant)/\(key)"),
            "fingerprint": .string(Data(fingerprint.readableBytesView).base64EncodedString()),
            "order": .string(order.description), "until": .number(expiresMilliseconds),
            // In whole seconds, and never before its time.
            TablePart.expiry: .number(expiresMilliseconds / 1_000 + 1),
        ]
    }

    /// Nil when the item is not one that a bridge wrote.
    init?(_ item: DynamoDBItem) {
        guard let name = item[TablePart.key]?.string, name.hasPrefix(Self.prefix),
            let slash = name.dropFirst(Self.prefix.count).firstIndex(of: "/"),
            let fingerprint = item["fingerprint"]?.string.flatMap({ Data(base64Encoded: $0) }),
            let order = item["order"]?.string.flatMap({ UniqueID($0) }),
            let until = item["until"]?.integer(UInt64.self)
        else { return nil }
        self.init(
            tenant: String(name[..<slash].dropFirst(Self.prefix.count)),
            key: String(name[name.index(after: slash)...]),
            fingerprint: ByteBuffer(bytes: fingerprint), order: order, expiresMilliseconds: until)
    }
}
