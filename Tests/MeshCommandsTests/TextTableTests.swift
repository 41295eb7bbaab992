// SPDX-License-Identifier: MIT
import Testing

@testable import MeshCommands

@Suite struct TextTableTests {
    @Test func `all columns but the first stand right`() {
        var table = TextTable("QUEUE", "READY")
        table.add("a", 12_345)
        table.add("inventory", 7)
        #expect(
            table.text == """
                QUEUE      READY
                a          12345
                inventory      7
                """)
    }

    @Test func `to the left, the last column has no trailing space`() {
        var table = TextTable("AFTER", "DETAIL", alignment: .left)
        table.add("+1 ms", "")
        table.add("+10 ms", "receipt")
        #expect(
            table.text == """
                AFTER   DETAIL
                +1 ms   \("")
                +10 ms  receipt
                """)
    }
}
