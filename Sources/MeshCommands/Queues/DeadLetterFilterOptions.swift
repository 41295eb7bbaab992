// SPDX-License-Identifier: MIT
import ArgumentParser
import Orders
import Wire

/// Which dead letters a command is about.
struct DeadLetterFilterOptions: ParsableArguments {
    @Option(help: "Only those of this tenant.")
    var tenant: String = ""

    @Option(help: "Only those with this text in their reason.")
    var reason: String = ""

    @Option(help: "Only those dead for longer: 15m, 2h, 7d.")
    var olderThan: DurationArgument?

    func validate() throws {
        guard tenant.utf8.count <= 64, reason.utf8.count <= 256 else {
            throw ValidationError("--tenant takes 64 bytes, --reason 256")
        }
    }

    func filter(now: MeshInstant) -> DeadLetterFilter {
        DeadLetterFilter(
            tenant: tenant, reason: reason,
            diedBeforeMilliseconds: olderThan.map {
                max((now - $0.duration).milliseconds, 1)
            } ?? 0)
    }
}
