// SPDX-License-Identifier: MIT
import Foundation
import Testing
import WireSchema

/// What is committed is what schema and policy say: change `messages.json` or `policy.json`, then run
/// `wire-generate`.
@Suite struct GeneratedFilesTests {
    static let top = URL(filePath: #filePath).appending(path: "../../..").standardized

    @Test func `every generated file is the one that the schema gives`() throws {
        let source = Self.top.appending(path: "protocol/schema/messages.json")
        let schema = try Schema.decode(Data(contentsOf: source))
        for file in schema.generatedFiles() {
            let committed = try String(
                contentsOf: Self.top.appending(path: file.path), encoding: .utf8)
            #expect(committed == file.text, "\(file.path) differs: run wire-generate")
        }
    }

    @Test func `every file made from the policy is the one that it gives`() throws {
        let source = Self.top.appending(path: "protocol/policy.json")
        let policy = try MeshPolicy.decode(Data(contentsOf: source))
        for file in policy.generatedFiles() {
            let committed = try String(
                contentsOf: Self.top.appending(path: file.path), encoding: .utf8)
            #expect(committed == file.text, "\(file.path) differs: run wire-generate")
        }
    }

    @Test func `no generated file is left over from a message that is gone`() throws {
        let source = Self.top.appending(path: "protocol/schema/messages.json")
        let schema = try Schema.decode(Data(contentsOf: source))
        let expected = Set(schema.generatedFiles().map { $0.path })
        let directory = "Sources/Wire/Generated/"
        let names = try FileManager.default.contentsOfDirectory(
            atPath: Self.top.appending(path: directory).path)
        for name in names { #expect(expected.contains(directory + name)) }
    }
}
