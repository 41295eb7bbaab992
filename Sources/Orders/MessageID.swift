// SPDX-License-Identifier: MIT

/// Names one message: the broker stores a second one with the same id once only.
package struct MessageID: UniqueIdentifier {
    package let value: UniqueID

    package init(_ value: UniqueID) {
        self.value = value
    }
}
