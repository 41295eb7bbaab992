// SPDX-License-Identifier: MIT
import NIOCore

/// One side of a pair: hands on what comes, and takes the other side with it when it ends.
final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let pair: RelayPair
    /// What comes from this side.
    private let flow: LinkCondition.Flow

    private let begin: () -> Void

    /// - Parameter begin: called once the connection is there.
    init(_ pair: RelayPair, _ flow: LinkCondition.Flow, begin: @escaping () -> Void = {}) {
        self.pair = pair
        self.flow = flow
        self.begin = begin
    }

    func channelActive(context: ChannelHandlerContext) { begin() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pair.received(unwrapInboundIn(data), flow)
    }

    func channelReadComplete(context: ChannelHandlerContext) { pair.pump() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { pair.pump() }

    func channelInactive(context: ChannelHandlerContext) { pair.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { pair.close() }
}
