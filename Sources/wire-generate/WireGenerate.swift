// SPDX-License-Identifier: MIT
import Foundation
import WireSchema

/// Writes every file that `protocol/schema/messages.json` determines. Run at the top of the repository.
@main
enum WireGenerate {
    static func main() throws {
        let top = URL(filePath: FileManager.default.currentDirectoryPath)
        let source = top.appending(path: "protocol/schema/messages.json")
        let schema = try Schema.decode(Data(contentsOf: source))
        for file in schema.generatedFiles() {
            try Data(file.text.utf8).write(to: top.appending(path: file.path), options: .atomic)
        }
    }
}
