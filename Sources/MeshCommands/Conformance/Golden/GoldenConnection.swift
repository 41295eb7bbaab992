// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// One connection of the client under test, as the script sees it.
struct GoldenConnection: Sendable {
    /// What the client does.
    enum Deed: Sendable {
        case frame(GoldenFrame)
        /// What no frame is.
        case breach(String)
    }

    let channel: any Channel
    /// Ends when the client has closed, or this side has.
    let deeds = Mailbox<Deed>()

    /// Sends bytes as they are.
    func send(_ bytes: ByteBuffer) { channel.writeAndFlush(bytes, promise: nil) }

    /// Ends the connection without a word of the protocol.
    func close() { channel.close(promise: nil) }
}
