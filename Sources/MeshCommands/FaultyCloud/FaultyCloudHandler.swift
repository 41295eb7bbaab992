// SPDX-License-Identifier: MIT
import HTTPCalls
import NIOCore
import NIOHTTP1

/// One whole request, and the connection that waits for its answer.
struct CloudExchange: Sendable {
    let head: HTTPRequestHead
    let body: [UInt8]
    private let channel: any Channel

    init(head: HTTPRequestHead, body: [UInt8], channel: any Channel) {
        self.head = head
        self.body = body
        self.channel = channel
    }

    /// - Parameter isCut: whether the connection breaks in the middle of it.
    func answer(_ response: HTTPResponse, isCut: Bool = false) {
        var headers = HTTPHeaders(
            response.headers.filter { !Self.ofTheConnection.contains($0.name.lowercased()) })
        headers.add(name: "Content-Length", value: String(response.body.count))
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: response.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        let part = isCut ? response.body.prefix(response.body.count / 2) : response.body[...]
        channel.write(
            HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: part))), promise: nil)
        guard isCut else {
            return channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
        channel.flush()
        hangUp()
    }

    func hangUp() { channel.close(promise: nil) }

    /// What each of the two connections has for itself.
    static let ofTheConnection: Set<String> = [
        "connection", "content-length", "keep-alive", "transfer-encoding", "expect",
    ]
}

/// Gathers requests; one connection's come one after the other.
final class FaultyCloudHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let exchanges: AsyncStream<CloudExchange>.Continuation
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ exchanges: AsyncStream<CloudExchange>.Continuation) { self.exchanges = exchanges }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body += part.readableBytesView
        case .end:
            guard let head else { return }
            exchanges.yield(CloudExchange(head: head, body: body, channel: context.channel))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
