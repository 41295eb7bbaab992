// SPDX-License-Identifier: MIT

/// What a client did that it must not, or did not do that it must.
struct GoldenFailure: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
