// SPDX-License-Identifier: MIT

/// Names one order: a UUIDv7, whose time is the order's creation, to the millisecond.
package struct OrderID: UniqueIdentifier {
    package let value: UniqueID

    package init(_ value: UniqueID) {
        self.value = value
    }

    /// When the order was created; picks the month's partition in the database.
    package var createdAt: MeshInstant { MeshInstant(milliseconds: value.milliseconds) }
}
