// SPDX-License-Identifier: MIT
import Orders
import Saga
import Testing

@Suite struct StepMessageTests {
    private let order = OrderID(
        UniqueID(high: 0x018F_6F5E_7C1A_7B3C, low: 0x9D2E_5F4A_3B2C_1D0E))

    @Test(arguments: StepKind.allCases)
    func `every kind comes back as it was sent`(_ kind: StepKind) throws {
        for status in [nil] + OrderStatus.allCases.map(Optional.some) {
            let message = StepMessage(
                kind, order: order, attempt: 0xDEAD_BEEF, status: status, detail: "größe")
            #expect(try StepMessage(decoding: message.encoded) == message)
            #expect(try StepMessage(decoding: message.encoded + [1, 2, 3]) == message)
        }
    }

    @Test func `the bytes are those of the table`() {
        let message = StepMessage(.notify, order: order, attempt: 2, status: .dead, detail: "x")
        let text = message.encoded.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(text == "0106018f6f5e7c1a7b3c9d2e5f4a3b2c1d0e020000000464656164010078")
    }

    @Test func `every shorter message is truncated`() {
        let bytes = StepMessage(.charge, order: order, status: .reserved, detail: "abc").encoded
        for count in 0..<bytes.count {
            #expect(throws: StepMessageError.truncated) {
                try StepMessage(decoding: bytes.prefix(count))
            }
        }
    }

    @Test func `another version, an unknown kind, an unknown status are refused`() {
        var bytes = StepMessage(.charge, order: order, status: .dead).encoded
        bytes[23] = UInt8(ascii: "x")
        #expect(throws: StepMessageError.status("xead")) { try StepMessage(decoding: bytes) }
        bytes[1] = 99
        #expect(throws: StepMessageError.kind(99)) { try StepMessage(decoding: bytes) }
        bytes[0] = 2
        #expect(throws: StepMessageError.version(2)) { try StepMessage(decoding: bytes) }
    }

    @Test func `a long detail is cut between characters`() throws {
        let message = StepMessage(.notify, order: order, detail: String(repeating: "ö", count: 400))
        let detail = try StepMessage(decoding: message.encoded).detail
        #expect(detail == String(repeating: "ö", count: 250))
    }
}
