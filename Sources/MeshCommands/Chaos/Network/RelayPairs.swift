// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix

/// The connections of one proxy and how their way is. Confined to the proxy's event loop.
final class RelayPairs {
    private(set) var condition = LinkCondition.open
    private var pairs: [ObjectIdentifier: RelayPair] = [:]

    /// Connects `channel` through to `target`, or closes it.
    func accept(_ channel: any Channel, target: FaultyLink.Target) throws {
        let pair = RelayPair(near: channel, links: self)
        pairs[ObjectIdentifier(pair)] = pair
        let bound = NIOLoopBound((pair, self), eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in
            let (pair, links) = bound.value
            links.pairs[ObjectIdentifier(pair)] = nil
        }
        // Only once it is there: before, it can be neither read from nor closed.
        let handler = RelayHandler(pair, .requests) { [unowned self] in reach(target, bound) }
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private func reach(
        _ target: FaultyLink.Target, _ bound: NIOLoopBound<(RelayPair, RelayPairs)>
    ) {
        guard condition != .cut else { return bound.value.0.close() }
        connect(on: bound.eventLoop, to: target) { far in
            try far.pipeline.syncOperations.addHandler(RelayHandler(bound.value.0, .answers))
        }.whenComplete { result in
            switch result {
            case .success(let far): bound.value.0.connected(to: far)
            // Nobody listens there now; whoever came hears of it as he would without us.
            case .failure: bound.value.0.close()
            }
        }
    }

    func set(_ condition: LinkCondition) {
        self.condition = condition
        for pair in pairs.values {
            if condition == .cut { pair.close() } else { pair.pump() }
        }
    }

    private func connect(
        on loop: any EventLoop, to target: FaultyLink.Target,
        _ initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialize(channel) }
            }
        switch target {
        case .port(let port): return bootstrap.connect(host: "127.0.0.1", port: port)
        case .socket(let path): return bootstrap.connect(unixDomainSocketPath: path)
        }
    }
}
