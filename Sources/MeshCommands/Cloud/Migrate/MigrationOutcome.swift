// SPDX-License-Identifier: MIT

/// What came of moving one kind of thing, in words, and what does not add up.
struct MigrationOutcome: Sendable {
    var lines: [String] = []
    var objections: [String] = []
}
