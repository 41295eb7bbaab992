// SPDX-License-Identifier: MIT

package import NIOCore
package import Orders
package import Wire

/// A session seen from any thread. What is written here hops to the session's event loop; many
/// answers should hop together, through `perform`.
package struct SessionHandle: Sendable, Hashable {
    /// Of the session.
    package let id: UInt64
    private let session: NIOLoopBound<ServerSession>
    package let eventLoop: any EventLoop

    init(_ session: ServerSession) {
        id = session.id
        eventLoop = session.eventLoop
        self.session = NIOLoopBound(session, eventLoop: session.eventLoop)
    }

    /// Runs `body` with the session on its loop, then flushes.
    package func perform(_ body: @escaping @Sendable (ServerSession) -> Void) {
        if eventLoop.inEventLoop {
            body(session.value)
            session.value.flush()
        } else {
            eventLoop.execute { [session] in
                body(session.value)
                session.value.flush()
            }
        }
    }

    package func reply(
        _ message: some WireMessage, to correlation: UInt64, trace: UniqueID = .zero
    ) {
        perform { $0.reply(message, to: correlation, trace: trace) }
    }

    package func fail(_ error: ErrorReply, to correlation: UInt64, trace: UniqueID = .zero) {
        perform { $0.fail(error, to: correlation, trace: trace) }
    }

    package func push(_ message: some WireMessage, trace: UniqueID = .zero) {
        perform { $0.push(message, trace: trace) }
    }

    package static func == (left: SessionHandle, right: SessionHandle) -> Bool {
        left.id == right.id && left.eventLoop === right.eventLoop
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
