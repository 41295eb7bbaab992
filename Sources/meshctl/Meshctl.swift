// SPDX-License-Identifier: MIT
import ArgumentParser
import MeshCommands

/// The command for people.
@main
struct Meshctl {
    static func main() async { await MeshCommand.main() }
}
