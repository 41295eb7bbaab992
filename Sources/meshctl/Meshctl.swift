// SPDX-License-Identifier: MIT
import ArgumentParser
import MeshCommands
import SecureTransport

/// The command for people.
@main
struct Meshctl {
    static func main() async {
        TLSLibrary.keepUntilProcessEnds()
        await MeshCommand.main()
    }
}
