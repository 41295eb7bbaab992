// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// The reader in Python, written from the pages alone, against the golden frames: the pages suffice.
@Suite struct PythonReaderTests {
    private struct Reading: Decodable {
        let file: String
        let message: String?
        let header: JSONValue?
        let fields: JSONValue?
        let skipped: String?
        let refused: String?
        let isSameAgain: Bool?

        private enum CodingKeys: String, CodingKey {
            case file, message, header, fields, skipped, refused
            case isSameAgain = "same_again"
        }
    }

    @Test func `the reader finds in every frame what is written beside it`() throws {
        let vectors = Vector.all
        let output = try python(["read"] + vectors.map(\.path))
        let readings = try JSONDecoder().decode([Reading].self, from: output)
        #expect(readings.count == vectors.count)
        for (reading, vector) in zip(readings, vectors) {
            #expect(vector.name.hasSuffix(reading.file))
            #expect(reading.refused == vector.refusal, "\(vector.name)")
            #expect(reading.message == vector.expected["message"]?.text)
            #expect(reading.header == vector.expected["header"], "\(vector.name)")
            #expect(reading.fields == vector.expected["fields"], "\(vector.name)")
            #expect(reading.skipped == vector.expected["skipped"]?.text)
            guard vector.refusal == nil else { continue }
            let isWrittenAgain = vector.expected["same_again"] != .bool(false)
            #expect(reading.isSameAgain == isWrittenAgain, "\(vector.name)")
        }
    }

    @Test func `the reader's own check passes`() throws {
        _ = try python(["check", ProtocolFiles.vectors.path])
    }

    private func python(_ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let reader = ProtocolFiles.top.appending(path: "python/ordermesh_reader.py").path
        // -B: reading must leave no cache behind in the sources.
        process.arguments = ["python3", "-B", reader] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return data
    }
}
