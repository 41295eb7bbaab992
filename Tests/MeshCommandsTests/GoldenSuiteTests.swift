// SPDX-License-Identifier: MIT
import NIOCore
import TestSupport
import Testing

@testable import MeshCommands

/// The cases beside the page that lists them, and the golden frames that travel with the program.
@Suite struct GoldenSuiteTests {
    @Test func `the page lists the cases as they are, counted from one`() throws {
        let page = try SourceTree.text(of: "protocol/conformance.md")
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| G-") }
        let cases = GoldenSuite.cases
        #expect(cases.map(\.id) == (1...cases.count).map { "G-\($0)" })
        #expect(
            rows.map(String.init)
                == cases.map { "| \($0.id) | \($0.rules.joined(separator: " ")) | \($0.title) |" })
    }

    @Test(arguments: GoldenVector.allCases)
    func `a golden frame is whole, and has the correlation that it is given`(
        vector: GoldenVector
    ) throws {
        let frame = vector.frame()
        let length = try #require(
            frame.getInteger(at: 0, endianness: .little, as: UInt32.self))
        // Of a length that is itself the fault nothing more need have come.
        #expect(frame.readableBytes == Int(length) + 4 || frame.readableBytes == 4)
        guard frame.readableBytes > 4 else { return }
        #expect(
            vector.frame(correlation: 77)
                .getInteger(at: 12, endianness: .little, as: UInt64.self) == 77)
    }
}
