// SPDX-License-Identifier: MIT
import NIOCore
import SecureTransport
import Wire

/// receipts, stored once and for good.
enum ReceiptCases {
    static let all: [ConformanceCase] = puts + refusals + gets

    private static let puts: [ConformanceCase] = [
        .receipts("R-2.1", "the same bytes under a name are there before, from any session") {
            trial in
            let receipt = receipt(trial.makeName(), "paid")
            for isRepeat in [false, true, true] {
                let peer = try await trial.peer(as: .fulfillment)
                let kept = try await peer.call(receipt, ReceiptKept.self)
                try requireEqual(kept.duplicate, isRepeat, "duplicate")
            }
        },
        .receipts("R-2.2", "other bytes, or another type, are a conflict and change nothing") {
            trial in
            let peer = try await trial.peer(as: .fulfillment)
            let first = receipt(trial.makeName(), "first")
            _ = try await peer.call(first, ReceiptKept.self)
            let second = receipt(first.name, "second")
            try await peer.refusal(of: second, .receiptConflict)
            var typed = first
            typed.contentType = "text/html"
            try await peer.refusal(of: typed, .receiptConflict)
            try await mustBe(first, by: peer)
        },
        .receipts("R-2.3", "of many that differ, at once over several sessions, one is stored") {
            trial in
            let name = trial.makeName()
            var asked: [(peer: WirePeer, number: UInt64, receipt: PutReceipt)] = []
            for session in 0..<3 {
                let peer = try await trial.peer(as: .fulfillment)
                for index in 0..<8 {
                    let receipt = receipt(name, "version \(session * 8 + index)")
                    asked.append((peer, peer.ask(receipt), receipt))
                }
            }
            var stored: [PutReceipt] = []
            for (peer, number, receipt) in asked {
                let frame = try await peer.answer(to: number, "RECEIPT_KEPT or receipt_conflict")
                if let refusal = frame.refusal {
                    try requireEqual(
                        refusal.code, WireErrorCode.receiptConflict.rawValue, "code")
                } else {
                    let kept: ReceiptKept = try frame.decode()
                    try requireEqual(kept.duplicate, false, "duplicate")
                    stored.append(receipt)
                }
            }
            try requireEqual(stored.count, 1, "receipts stored")
            try await mustBe(stored[0], by: try await trial.desk())
        },
        .receipts("R-6.1", "a put that was not waited for is found out by putting again") { trial in
            let receipt = receipt(trial.makeName(), "paid")
            let first = try await trial.peer(as: .fulfillment)
            _ = first.ask(receipt)
            await first.close()
            let second = try await trial.peer(as: .fulfillment)
            _ = try await second.call(receipt, ReceiptKept.self)
            try await mustBe(receipt, by: second)
        },
    ]

    private static let refusals: [ConformanceCase] = [
        .receipts("R-3.1", "what is no receipt is refused as bad_receipt, and not stored") {
            trial in
            let peer = try await trial.peer(as: .fulfillment)
            let good = receipt(trial.makeName(), "paid")
            var damaged = good
            damaged.sha256 = ByteBuffer(repeating: 7, count: 32)
            var untyped = good
            untyped.contentType = ""
            var spelt = good
            spelt.contentType = "text/html\r\nx: y"
            for bad in [damaged, untyped, spelt] {
                try await peer.refusal(of: bad, .badReceipt)
            }
            try await peer.refusal(of: GetReceipt(name: good.name), .unknownReceipt)
            for name in ["", "/a", "a/", "a//b", ".a", "a/../b", "a b", "ä"] {
                try await peer.refusal(of: receipt(name, "paid"), .badReceipt)
            }
        },
        .receipts("R-4.1", "a receipt at the limit is kept, and one above it does not decode") {
            trial in
            let peer = try await trial.peer(as: .fulfillment)
            let most = receipt(
                trial.makeName(), String(repeating: "x", count: WireLimits.receiptByteCountMax))
            _ = try await peer.call(most, ReceiptKept.self)
            try await mustBe(most, by: peer)
            let number = peer.makeCorrelation()
            peer.send(tooLong(trial.makeName(), correlation: number))
            try await peer.refusal(to: number, .badMessage)
        },
        .receipts("R-7.1", "fulfillmentd puts and gets, operators get, and nobody else either") {
            trial in
            let receipt = receipt(trial.makeName(), "paid")
            try await trial.desk().refusal(of: receipt, .notPermitted)
            for visitor in [Visitor.stage, .ingest, .tenant] {
                let peer = try await trial.peer(as: visitor)
                try await peer.refusal(of: receipt, .notPermitted)
                try await peer.refusal(of: GetReceipt(name: receipt.name), .notPermitted)
            }
            let stage = try await trial.peer(as: .fulfillment)
            _ = try await stage.call(receipt, ReceiptKept.self)
            try await mustBe(receipt, by: stage)
            try await mustBe(receipt, by: try await trial.desk())
        },
    ]

    private static let gets: [ConformanceCase] = [
        .receipts("R-5.1", "what was never put is unknown") { trial in
            let peer = try await trial.peer(as: .fulfillment)
            try await peer.refusal(of: GetReceipt(name: trial.makeName()), .unknownReceipt)
        },
        .receipts("R-5.2", "bytes of every value come back as they were put") { trial in
            let peer = try await trial.peer(as: .fulfillment)
            let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let receipt = receipt(trial.makeName(), bytes, type: "application/octet-stream")
            _ = try await peer.call(receipt, ReceiptKept.self)
            try await mustBe(receipt, by: peer)
        },
    ]

    // MARK: - Words of these cases

    private static func receipt(_ name: String, _ text: String) -> PutReceipt {
        receipt(name, Array(text.utf8), type: "application/json")
    }

    private static func receipt(_ name: String, _ bytes: [UInt8], type: String) -> PutReceipt {
        PutReceipt(
            name: name, contentType: type, sha256: ByteBuffer(bytes: Digest.sha256(bytes)),
            body: ByteBuffer(bytes: bytes))
    }

    /// A receipt that nobody who keeps the protocol can write: one byte more than there may be.
    private static func tooLong(_ name: String, correlation: UInt64) -> RawFrame {
        let bytes = ByteBuffer(repeating: 120, count: WireLimits.receiptByteCountMax + 1)
        let digest = ByteBuffer(bytes: Digest.sha256(Array(bytes.readableBytesView)))
        var body = ByteBuffer()
        body.writeWireString(name, max: name.utf8.count)
        body.writeWireString("text/plain", max: 64)
        body.writeWireBytes(digest, max: 32)
        body.writeWireBytes(bytes, max: bytes.readableBytes)
        return RawFrame(PutReceipt.opcode, correlation: correlation, body: body)
    }

    /// Gets what lies under the receipt's name, which must be it.
    private static func mustBe(_ receipt: PutReceipt, by peer: WirePeer) async throws {
        let found = try await peer.call(GetReceipt(name: receipt.name), StoredReceipt.self)
        try requireEqual(found.contentType, receipt.contentType, "content_type")
        try requireEqual(found.sha256, receipt.sha256, "sha256")
        try require(
            found.body == receipt.body, "\(receipt.body.readableBytes) bytes as put",
            seen: "\(found.body.readableBytes) bytes")
    }
}
