// SPDX-License-Identifier: MIT
import ArgumentParser
import Bridge

/// `meshctl cloud apply`: makes what is missing and changes what differs.
struct CloudApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Make what is missing and change what differs; may be repeated.")

    @OptionGroup var cloud: CloudOptions

    func run() async throws {
        let setup = try cloud.setup()
        var count = 0
        try await setup.apply { finding in
            print("mended: \(finding)")
            count += 1
        }
        let left = try await setup.findings()
        guard left.isEmpty else {
            throw CommandError(
                "not as it should be after all: "
                    + left.map(\.description).joined(separator: "; "))
        }
        print(count == 0 ? "nothing to change" : "\(count) mended")
    }
}
