// SPDX-License-Identifier: MIT

/// A promise that the broker broke: what a simulation looks for.
package struct Breach: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
