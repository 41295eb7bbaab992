// SPDX-License-Identifier: MIT
import NIOCore
import NIOPosix
import SecureTransport
import Sessions
import Wire

/// Connections that each keep so many requests in flight, on one event loop: nothing but requests
/// and answers is between the daemon and the clock.
final class BenchLoad {
    private let sessions: [ClientSession]
    private let window: Int
    private let send: Send
    private var sample = BenchSample()
    private var isMeasuring = false
    private var isStopping = false

    /// Sends the next request on a session; `completion` is to be called with whether it succeeded.
    typealias Send = (ClientSession, _ completion: @escaping (Bool) -> Void) throws -> Void

    private init(_ sessions: [ClientSession], window: Int, _ send: @escaping Send) {
        self.sessions = sessions
        self.window = window
        self.send = send
    }

    /// Opens the connections of `load`.
    ///
    /// - Parameter makeSend: called on the loop, once.
    static func open(
        _ load: BenchCase, to endpoint: MeshEndpoint, tls: TLSContext, on loop: any EventLoop,
        makeSend: @escaping @Sendable () -> Send
    ) async throws -> NIOLoopBound<BenchLoad> {
        var futures: [EventLoopFuture<NIOLoopBound<ClientSession>>] = []
        for _ in 0..<load.connections {
            futures.append(
                ClientSession.connect(to: endpoint, tls: tls, name: "bench", on: loop))
        }
        return try await EventLoopFuture.whenAllSucceed(futures, on: loop).map { sessions in
            NIOLoopBound(
                BenchLoad(sessions.map(\.value), window: load.window, makeSend()),
                eventLoop: loop)
        }.get()
    }

    // MARK: - On the loop

    /// Fills every window; from then on each answer is followed by the next request.
    func start() {
        for session in sessions {
            session.gather { for _ in 0..<window { next(on: session) } }
        }
    }

    func beginMeasuring() {
        sample = BenchSample()
        isMeasuring = true
    }

    /// What was measured; nothing is sent any more.
    func finish() -> BenchSample {
        isStopping = true
        for session in sessions { session.close() }
        return sample
    }

    private func next(on session: ClientSession) {
        guard !isStopping else { return }
        let begin = NIODeadline.now()
        do {
            try send(session) { isSuccess in
                self.record(begin, isSuccess)
                self.next(on: session)
            }
        } catch {
            sample.errorCount += 1
        }
    }

    private func record(_ begin: NIODeadline, _ isSuccess: Bool) {
        guard isMeasuring, !isStopping else { return }
        guard isSuccess else {
            sample.errorCount += 1
            return
        }
        sample.record((NIODeadline.now() - begin).nanoseconds / 1000)
    }
}
