// SPDX-License-Identifier: MIT

extension PlacedOrder {
    /// What the order asks for, as bytes that never change between versions of this code: hashed to
    /// tell a repeat under the same idempotency key from a different order.
    ///
    /// Version 1: the byte 1; tenant, customer and currency, each as a 2-byte length and its text;
    /// the item count in 4 bytes; for each item the product as such a text, the quantity in 4 bytes
    /// and the unit price in 8. Little-endian. The idempotency key is not part of it.
    package var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = [1]
        bytes.reserveCapacity(64 + items.count * 32)
        for text in [tenant.text, customer.text, currency.code] { bytes.append(text: text) }
        bytes.append(word: UInt32(items.count))
        for item in items {
            bytes.append(text: item.product.text)
            bytes.append(word: item.quantity)
            bytes.append(word: item.unitPrice)
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(text: String) {
        append(word: UInt16(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
