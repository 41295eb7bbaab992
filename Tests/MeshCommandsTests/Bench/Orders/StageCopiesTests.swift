// SPDX-License-Identifier: MIT
import Testing

@testable import MeshCommands

@Suite struct StageCopiesTests {
    @Test func `processes are counted by stage`() throws {
        let copies = try StageCopies("payment=2,inventory=3")
        #expect(copies.counts == [.paymentd: 2, .inventoryd: 3])
        #expect(try StageCopies("").counts == [:])
    }

    @Test(arguments: ["payment", "payment=0", "payment=9", "broker=2", "payment=two"])
    func `what is no stage and no number of processes is named`(text: String) {
        let error = #expect(throws: CommandError.self) { try StageCopies(text) }
        #expect(error?.description.hasPrefix("'\(text)' is not a stage") == true)
    }
}
