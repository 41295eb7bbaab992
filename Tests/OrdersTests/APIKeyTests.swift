// SPDX-License-Identifier: MIT
import Orders
import Testing

@Suite struct APIKeyTests {
    @Test func `a key is read back as it was written`() throws {
        let key = APIKey(id: 7, secret: (0..<32).map { UInt8($0) * 8 })
        #expect(key.text.hasPrefix("omk_0000000000000007_0008"))
        #expect(try #require(APIKey(key.text)) == key)
    }

    @Test(arguments: [
        "", "omk_", "omk_0000000000000007_",
        "omk_000000000000000g_" + String(repeating: "0", count: 64),
        "omk_0000000000000007_" + String(repeating: "0", count: 63),
        "omk_0000000000000007_" + String(repeating: "+1", count: 32),
        "xyz_0000000000000007_" + String(repeating: "0", count: 64),
    ])
    func `what is no key is not read as one`(text: String) {
        #expect(APIKey(text) == nil)
    }
}
