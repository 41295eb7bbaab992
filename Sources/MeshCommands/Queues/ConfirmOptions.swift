// SPDX-License-Identifier: MIT
import ArgumentParser

/// What cannot be undone is done only when it was said twice.
struct ConfirmOptions: ParsableArguments {
    @Flag(help: "Do it: it cannot be undone.")
    var yes = false

    /// - Parameter act: what would be done, as the beginning of a sentence.
    func require(_ act: String) throws(CommandError) {
        guard yes else {
            throw CommandError("\(act) cannot be undone; repeat the command with --yes")
        }
    }
}
