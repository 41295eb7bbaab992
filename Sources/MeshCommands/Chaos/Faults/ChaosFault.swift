// SPDX-License-Identifier: MIT

/// Something that goes wrong, and with whom.
enum ChaosFault: Sendable, Equatable {
    /// SIGKILL; its supervisor starts it again.
    case kill(MeshDaemon)
    /// SIGSTOP, later SIGCONT: it sleeps, and wakes up believing what it believed.
    case stop(MeshDaemon)
    /// SIGKILL to the postmaster; the server is started again.
    case killDatabase
    /// SIGSTOP to the postmaster and all of its processes.
    case stopDatabase
    /// SIGKILL to one process of a connection: PostgreSQL ends all others and recovers.
    case killBackend(draw: UInt64)
    /// SIGSTOP to one process of a connection, which keeps its locks.
    case stopBackend(draw: UInt64)
    /// SIGKILL to every daemon and the postmaster.
    case killAll
    case network(ChaosLink, LinkCondition)
    case fillDisk(ChaosDisk)
    /// The wall clock of one daemon is set on or back, and later set right.
    case stepClock(MeshDaemon, seconds: Int)
    /// SIGSTOP to the provider of payments: it answers later what it was asked meanwhile.
    case stopProvider
    /// The customers' receiver of webhooks answers 503.
    case closeReceiver

    /// Counted under this name in the report.
    var kind: String {
        switch self {
        case .kill: "kill"
        case .stop: "stop"
        case .killDatabase: "kill database"
        case .stopDatabase: "stop database"
        case .killBackend: "kill backend"
        case .stopBackend: "stop backend"
        case .killAll: "kill all"
        case .network(_, let condition): "network \(condition.kind)"
        case .fillDisk: "full disk"
        case .stepClock: "clock step"
        case .stopProvider: "stop provider"
        case .closeReceiver: "receiver away"
        }
    }

    /// What it happens to: two faults do not happen to one victim at the same time, because the end
    /// of one would end the other.
    var victim: String {
        switch self {
        case .kill(let daemon), .stop(let daemon): daemon.rawValue
        case .killDatabase, .stopDatabase, .killBackend, .stopBackend: "database"
        case .killAll: "all"
        case .network(let link, _): link.description
        case .fillDisk(let disk): "disk of \(disk)"
        case .stepClock(let daemon, _): "clock of \(daemon)"
        case .stopProvider: "provider"
        case .closeReceiver: "receiver"
        }
    }

    /// Whether it ends by itself, so that nothing has to be mended later.
    var isMomentary: Bool {
        switch self {
        case .kill, .killDatabase, .killBackend, .killAll: true
        case .stop, .stopDatabase, .stopBackend, .network, .fillDisk, .stepClock, .stopProvider,
            .closeReceiver:
            false
        }
    }
}

extension ChaosFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .network(let link, let condition): "\(link) \(condition)"
        case .stepClock(let daemon, let seconds): "clock of \(daemon) by \(seconds) s"
        case .kill, .stop: "\(kind) \(victim)"
        case .fillDisk: "full \(victim)"
        case .killDatabase, .stopDatabase, .killBackend, .stopBackend, .killAll, .stopProvider,
            .closeReceiver:
            kind
        }
    }
}

/// A file system of the run that can be full.
enum ChaosDisk: String, CaseIterable, Sendable, CustomStringConvertible {
    case broker
    case receipts

    var description: String { rawValue }
}
