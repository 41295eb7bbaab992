// SPDX-License-Identifier: MIT
import Daemon
import NIOCore
import Orders
import SecureTransport
import Sessions
import Synchronization
import Wire

/// One run of one case with one server: connections, and names that nothing else uses.
final class Trial: Sendable {
    let id: CaseID
    let server: ServerUnderTest
    let passports: Passports
    /// Sets this run's names apart from those of others.
    let runName: String
    private let state = Mutex(State())

    private struct State {
        var peers: [WirePeer] = []
        var queues: [String] = []
        var nameCount = 0
        var operatorPeer: WirePeer?
    }

    init(_ id: CaseID, _ server: ServerUnderTest, _ passports: Passports, runName: String) {
        self.id = id
        self.server = server
        self.passports = passports
        self.runName = runName
    }

    // MARK: - Connections

    /// An open session.
    func peer(
        as visitor: Visitor = .operator, _ change: (inout Hello) -> Void = { _ in }
    ) async throws -> WirePeer {
        let peer = try await connect(try passports.context(visitor))
        try await peer.greet(change)
        return peer
    }

    /// A connection on which nothing was said.
    func silentPeer(isAnsweringPings: Bool = true) async throws -> WirePeer {
        try await connect(
            try passports.context(.operator), isAnsweringPings: isAnsweringPings)
    }

    /// A connection by any context; nil for plain text.
    func connect(
        _ tls: TLSContext?, isAnsweringPings: Bool = true
    ) async throws -> WirePeer {
        let peer: WirePeer
        do {
            peer = try await WirePeer.connect(
                to: server.endpoint, tls: tls, patience: server.patience,
                isAnsweringPings: isAnsweringPings)
        } catch {
            throw CaseFailure(expected: "a connection to \(server.endpoint)", seen: "\(error)")
        }
        state.withLock { $0.peers.append(peer) }
        return peer
    }

    /// The operator's session of this trial.
    func desk() async throws -> WirePeer {
        if let known = state.withLock({ $0.operatorPeer }) { return known }
        let peer = try await peer()
        state.withLock { $0.operatorPeer = peer }
        return peer
    }

    // MARK: - Names

    /// A name that nobody else uses: at most 40 bytes of `[a-z0-9.-]`.
    func makeName() -> String {
        let number = state.withLock { state in
            state.nameCount += 1
            return state.nameCount
        }
        return "\(runName)-\(id.description.lowercased())-\(number)"
    }

    /// What requests of this kind of server are about: a queue that is there, or a tenant.
    func subject() async throws -> String {
        switch server.role {
        case .broker: try await queue()
        case .limiter: makeName()
        }
    }

    /// An id that nobody else uses.
    func makeID() -> UniqueID {
        .version7(
            milliseconds: WallClock().now().milliseconds,
            random: (UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)))
    }

    /// Remembers a queue that must be emptied afterwards.
    func willTidy(_ queue: String) { state.withLock { $0.queues.append(queue) } }

    // MARK: - Time

    /// Asks again and again until `answer` is as it must be.
    func eventually<Answer>(
        _ expected: String, _ ask: () async throws -> Answer, until isRight: (Answer) -> Bool
    ) async throws {
        let end = ContinuousClock.now + server.patience
        while true {
            let answer = try await ask()
            if isRight(answer) { return }
            guard ContinuousClock.now < end else {
                throw CaseFailure(expected: expected, seen: "\(answer)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    // MARK: - The end

    /// Closes what was opened, and empties what was made.
    func tidy() async {
        let (peers, queues) = state.withLock { ($0.peers, $0.queues) }
        for peer in peers { await peer.close() }
        guard !queues.isEmpty else { return }
        do {
            let peer = try await self.peer()
            for queue in queues { await empty(queue, by: peer) }
            await peer.close()
        } catch {
            // A server that is gone keeps what it has; the case has said what there is to say.
        }
    }
}
