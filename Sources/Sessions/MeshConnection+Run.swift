// SPDX-License-Identifier: MIT

import NIOCore
import Wire

/// The life cycle: connect, stay until lost, wait a little longer each time, connect again.
extension MeshConnection {
    /// Keeps the connection until the task is cancelled, which closes it. To be called once at a
    /// time.
    /// - Throws: `CancellationError`, and nothing else: a failure to connect is met with patience.
    package func run() async throws {
        submit { $0.restart() }
        defer { submit { $0.stop() } }
        var generator = SystemRandomNumberGenerator()
        var failureCount = 0
        while true {
            try Task.checkCancellation()
            let isOpened = await session()
            failureCount = isOpened ? 1 : failureCount + 1
            try await Task.sleep(
                for: policy.delay(afterFailures: failureCount, using: &generator))
        }
    }

    /// One session from connecting to its end.
    /// - Returns: whether it was open in between.
    private func session() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit { state in
                    self.connect(state) { continuation.resume(returning: $0) }
                }
            }
        } onCancel: {
            submit { $0.stop() }
        }
    }

    private func connect(_ state: ConnectionState, ended: @escaping (Bool) -> Void) {
        let bound = NIOLoopBound(state, eventLoop: eventLoop)
        ClientSession.connect(
            to: endpoint, tls: tls, expecting: expectedPeer, name: name, on: eventLoop,
            limits: limits, created: { bound.value.connecting($0) }
        ).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let session):
                let isTaken = state.opened(session.value) { _ in ended(true) }
                if !isTaken { ended(false) }
            case .failure(let error):
                state.failed(error as? CallError ?? CallError(.notConnected, message: "\(error)"))
                ended(false)
            }
        }
    }
}
