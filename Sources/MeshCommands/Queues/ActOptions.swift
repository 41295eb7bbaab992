// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation

/// Who does something to a mesh, and why: for the audit.
struct ActOptions: ParsableArguments {
    @Option(help: "Who you are, besides what your certificate says.")
    var who: String = ProcessInfo.processInfo.environment["USER"] ?? ""

    @Option(help: "Why, for the audit.")
    var why: String

    func validate() throws {
        guard !why.allSatisfy(\.isWhitespace) else {
            throw ValidationError("--why is for those who read the audit: say it")
        }
        guard who.utf8.count <= 128, why.utf8.count <= 1024 else {
            throw ValidationError("--who takes 128 bytes, --why 1024")
        }
    }
}
