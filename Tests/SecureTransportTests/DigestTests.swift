// SPDX-License-Identifier: MIT

import SecureTransport
import Testing

@Suite struct DigestTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func `SHA-256 gives the published values`(_ text: String, _ digest: String) {
        #expect(hex(Digest.sha256(text.utf8)) == digest)
    }

    @Test func `HMAC-SHA-256 gives the values of RFC 4231, and takes an empty key`() {
        let keyed = Digest.hmacSHA256(
            key: "Jefe".utf8, message: "what do ya want for nothing?".utf8)
        #expect(hex(keyed) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let empty = Digest.hmacSHA256(key: [], message: [])
        #expect(hex(empty) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }
}
