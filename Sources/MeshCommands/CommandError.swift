// SPDX-License-Identifier: MIT

/// What a command says to the person who gave it, before it ends with a status other than zero.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
