// SPDX-License-Identifier: MIT
import AWS
import FoundationEssentials
import NIOCore
import SecureTransport
import Wire

/// Receipts in S3. A put that S3 took is durable by itself, and S3 lets only one of several win.
struct ReceiptVault: Sendable {
    let objects: S3Client
    let bucket: String

    /// Apart from whatever else may lie in the bucket.
    static let prefix = "receipts/"

    /// Stores a receipt, unless its bytes are there.
    ///
    /// - Returns: whether they were, perhaps from an attempt whose answer was lost.
    func keep(_ receipt: PutReceipt) async throws(BridgeRefusal) -> Bool {
        let bytes = Array(receipt.body.readableBytesView)
        let key = Self.prefix + receipt.name
        let isNew = try await refusing { () throws(AWSError) in
            try await objects.putOnce(
                bytes, contentType: receipt.contentType, key: key, bucket: bucket)
        }
        if isNew { return false }
        let found = try await refusing { () throws(AWSError) in
            try await objects.get(key: key, bucket: bucket)
        }
        guard let found else {
            throw BridgeRefusal(
                .unavailable, retryAfter: .seconds(1), "\(receipt.name) was there and is gone")
        }
        guard found.bytes == bytes, found.contentType == receipt.contentType else {
            throw BridgeRefusal(.receiptConflict, "\(receipt.name) holds something else")
        }
        return true
    }

    /// The receipt as it was put.
    func find(_ name: String) async throws(BridgeRefusal) -> StoredReceipt {
        let found = try await refusing { () throws(AWSError) in
            try await objects.get(key: Self.prefix + name, bucket: bucket)
        }
        guard let found else { throw BridgeRefusal(.unknownReceipt, "no receipt \(name)") }
        let digest = Digest.sha256(found.bytes)
        // S3 kept what it verified when the bytes came; who puts by another way may have left none.
        guard found.checksum == Data(digest).base64EncodedString(),
            found.bytes.count <= WireLimits.receiptByteCountMax
        else { throw BridgeRefusal(.receiptDamaged, "\(name) is not what was put there") }
        return StoredReceipt(
            contentType: found.contentType, sha256: ByteBuffer(bytes: digest),
            body: ByteBuffer(bytes: found.bytes))
    }
}
