// SPDX-License-Identifier: MIT
import NIOCore
import SecureTransport
import Wire

extension PutReceipt {
    /// A receipt whose checksum is right.
    init(_ name: String, _ text: String, contentType: String = "text/plain") {
        let body = ByteBuffer(string: text)
        self.init(
            name: name, contentType: contentType,
            sha256: ByteBuffer(bytes: Digest.sha256(body.readableBytesView)), body: body)
    }
}
