// SPDX-License-Identifier: MIT
import Hummingbird
import NIOCore

/// A request and the connection that it came on.
struct OrderRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
