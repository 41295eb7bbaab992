// SPDX-License-Identifier: MIT
import Foundation
import WireSchema

/// Writes every file that `protocol/schema/messages.json` and `protocol/policy.json` determine. Run at
/// the top of the repository.
@main
enum WireGenerate {
    static func main() throws {
        let top = URL(filePath: FileManager.default.currentDirectoryPath)
        let schema = try Schema.decode(
            Data(contentsOf: top.appending(path: "protocol/schema/messages.json")))
        let policy = try MeshPolicy.decode(
            Data(contentsOf: top.appending(path: "protocol/policy.json")))
        for file in schema.generatedFiles() + policy.generatedFiles() {
            try Data(file.text.utf8).write(to: top.appending(path: file.path), options: .atomic)
        }
    }
}
