// SPDX-License-Identifier: MIT
import Foundation
import Testing

@testable import MeshCommands

@Suite struct ErrorTextTests {
    @Test func `a file that is not there is said in four words and no dump`() {
        let error = #expect(throws: (any Error).self) {
            try Data(contentsOf: URL(filePath: "/nonexistent/file"))
        }
        #expect(error.map(ErrorText.of) == "No such file or directory")
        #expect(ErrorText.of(EACCES) == "Permission denied")
    }
}
