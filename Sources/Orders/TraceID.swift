// SPDX-License-Identifier: MIT

/// Names one journey, from the customer's request to the last webhook: the correlation id of logs.
package struct TraceID: UniqueIdentifier {
    package let value: UniqueID

    package init(_ value: UniqueID) {
        self.value = value
    }
}
