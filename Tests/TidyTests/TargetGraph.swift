// SPDX-License-Identifier: MIT

/// What `Package.swift` says of our own targets, read from its text.
struct TargetGraph {
    /// From the ground up; a target may use its own layer and those below.
    static let layers = [
        "systemLibraries", "pure", "effects", "clients", "runtime", "services", "daemons", "proofs",
    ]

    struct Target {
        let name: String
        let layer: String
        /// Our own targets that it declares.
        let uses: Set<String>
    }

    let targets: [String: Target]

    init(manifest: String) {
        var targets: [String: Target] = [:]
        for layer in Self.layers {
            guard let start = manifest.firstRange(of: "let \(layer) = ["),
                let end = manifest[start.upperBound...].firstRange(of: "\n]")
            else { continue }
            for call in Self.calls(manifest[start.upperBound..<end.lowerBound]) {
                let names = Self.quoted(call.arguments)
                guard let subject = names.first else { continue }
                let isTests = call.form == "tests"
                let name = isTests ? subject + "Tests" : subject
                let uses = isTests ? names : Array(names.dropFirst())
                targets[name] = Target(name: name, layer: layer, uses: Set(uses))
            }
        }
        self.targets = targets
    }

    func layerIndex(_ name: String) -> Int? {
        targets[name].flatMap { Self.layers.firstIndex(of: $0.layer) }
    }

    /// Everything that `name` reaches, itself included.
    func reach(_ name: String) -> Set<String> {
        var reached: Set<String> = []
        var waiting = [name]
        while let next = waiting.popLast() {
            guard reached.insert(next).inserted else { continue }
            waiting.append(contentsOf: targets[next]?.uses ?? [])
        }
        return reached
    }

    /// Each `library(...)`, `tests(...)` and so on at the outer level of a list.
    private static func calls(_ list: Substring) -> [(form: Substring, arguments: Substring)] {
        var calls: [(form: Substring, arguments: Substring)] = []
        var depth = 0
        var wordStart = list.startIndex
        var start = list.startIndex
        for index in list.indices {
            let character = list[index]
            if character == "(" {
                if depth == 0 { start = index }
                depth += 1
            } else if character == ")" {
                depth -= 1
                if depth == 0 { calls.append((list[wordStart..<start], list[start...index])) }
            } else if depth == 0, !character.isLetter {
                wordStart = list.index(after: index)
            }
        }
        return calls
    }

    private static func quoted(_ call: Substring) -> [String] {
        let parts = call.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }
}
