// SPDX-License-Identifier: MIT

import Testing

@Suite struct LayeringTests {
    private static let graph = TargetGraph(manifest: SourceTree.manifest)

    /// What a pure target may import beside its own kind: no clock, no socket, no disk.
    private static let pureImports: Set = [
        "NIOCore", "DequeModule", "HeapModule", "OrderedCollections", "Synchronization",
        "CChecksum", "CPrefetch",
    ]

    private static let systemModules = [
        "COpenSSL", "CPostgres", "CLZ4", "CCurl", "CChecksum", "CLinux", "CPrefetch",
    ]

    @Test func `the manifest is understood`() {
        #expect(Self.graph.targets.count > 50)
        #expect(Self.graph.targets["Broker"]?.layer == "services")
        #expect(Self.graph.targets["Broker"]?.uses.contains("QueueState") == true)
    }

    @Test func `dependencies point down only`() {
        for target in Self.graph.targets.values where target.layer != "proofs" {
            let own = Self.graph.layerIndex(target.name) ?? 0
            for used in target.uses {
                guard let layer = Self.graph.layerIndex(used) else { continue }
                #expect(layer <= own, "\(target.name) uses \(used)")
            }
        }
    }

    @Test func `nothing but proofs uses proofs, and no target reaches itself`() {
        for target in Self.graph.targets.values {
            for used in target.uses {
                if target.layer != "proofs" {
                    #expect(Self.graph.targets[used]?.layer != "proofs", "\(target.name)")
                }
                #expect(!Self.graph.reach(used).contains(target.name), "\(target.name), \(used)")
            }
        }
    }

    @Test func `a file imports only what its target declares`() {
        for file in SourceTree.sources {
            guard let target = Self.graph.targets[file.target] else { continue }
            // `daemon(...)` gives every daemon the runtime.
            let allowed = target.uses.union(target.layer == "daemons" ? ["Daemon"] : [])
            for module in Self.imports(file) where Self.graph.targets[module] != nil {
                #expect(allowed.contains(module), "\(file) imports \(module)")
            }
        }
    }

    @Test(arguments: systemModules)
    func `each C module is imported by one target`(module: String) {
        let importers = Set(
            SourceTree.sources.filter { Self.imports($0).contains(module) }.map(\.target))
        #expect(importers.count <= 1, "\(importers)")
    }

    /// The schema is data in JSON: its reader runs when the house is built, not in a daemon.
    private static let pureExceptions = ["WireSchema": "Foundation"]

    @Test func `pure targets import no clock, no socket and no disk`() {
        for file in SourceTree.sources where Self.graph.targets[file.target]?.layer == "pure" {
            for module in Self.imports(file) where !Self.pureImports.contains(module) {
                guard Self.pureExceptions[file.target] != module else { continue }
                #expect(Self.graph.targets[module]?.layer == "pure", "\(file) imports \(module)")
            }
        }
    }

    @Test func `pure targets take time and chance as parameters`() {
        let sources = ["ContinuousClock", "SuspendingClock", "Date()", "SystemRandom", ".random("]
        for file in SourceTree.sources where Self.graph.targets[file.target]?.layer == "pure" {
            for line in file.lines where !line.contains("using:") {
                let code = line.withoutComment
                #expect(!sources.contains { code.contains($0) }, "\(file): \(line)")
            }
        }
    }

    /// The modules that a file names in its imports, whatever their access.
    private static func imports(_ file: SourceTree.File) -> Set<String> {
        var modules: Set<String> = []
        for line in file.lines {
            let words = line.split(separator: " ")
            guard let word = words.firstIndex(of: "import"), word + 1 < words.count,
                words[..<word].allSatisfy({ $0.first?.isLowercase == true || $0.first == "@" })
            else { continue }
            let kinds: Set<Substring> = [
                "struct", "class", "enum", "func", "protocol", "typealias",
            ]
            let path = kinds.contains(words[word + 1]) ? words.last : words[word + 1]
            if let module = path?.split(separator: ".").first { modules.insert(String(module)) }
        }
        return modules
    }
}
