// SPDX-License-Identifier: MIT
import FoundationEssentials
import NIOCore
import Wire

/// An envelope as the body of a message in SQS: its bytes on the wire, in base64.
enum EnvelopeText {
    /// The longest text: it stands in a record of DynamoDB, beside other attributes, as well.
    static let byteCountMax = 320 * 1_024

    static func text(of envelope: Envelope) -> String {
        var buffer = ByteBuffer()
        envelope.write(to: &buffer)
        return Data(buffer.readableBytesView).base64EncodedString()
    }

    /// Nil when the text is no envelope.
    static func envelope(of text: String) -> Envelope? {
        guard let data = Data(base64Encoded: text) else { return nil }
        var reader = WireReader(ByteBuffer(bytes: data))
        do throws(WireError) {
            return try Envelope(from: &reader)
        } catch {
            return nil
        }
    }
}
