// SPDX-License-Identifier: MIT
import Foundation
import NIOPosix
import PostgresStore
import Synchronization

/// Does to a mesh what a schedule says, and mends it again. Owner of what is broken now: the mutex.
final class ChaosNemesis: Sendable {
    private let mesh: ChaosMesh
    private let receiver: WebhookReceiver
    private let tenants: [String]
    private let log: ChaosLog
    private let state = Mutex(State())

    private struct State {
        var counts: [String: Int] = [:]
        /// Faults that could not be brought about here, by kind.
        var leftOut: [String: Int] = [:]
        /// Processes that sleep.
        var stopped: Set<Int32> = []
        /// A database that was killed comes back within one call at a time.
        var isDatabaseStarting = false
    }

    init(mesh: ChaosMesh, receiver: WebhookReceiver, tenants: [String], log: ChaosLog) {
        self.mesh = mesh
        self.receiver = receiver
        self.tenants = tenants
        self.log = log
    }

    /// Faults that happened, by kind.
    var counts: [String: Int] { state.withLock(\.counts) }
    var leftOut: [String: Int] { state.withLock(\.leftOut) }

    /// Runs the schedule to its end, or until cancelled; nothing is mended then but what was due.
    func run(_ schedule: ChaosSchedule) async throws {
        let begin = ContinuousClock.now
        // A fault that cannot be brought about, or not be mended, ends the run.
        try await withThrowingDiscardingTaskGroup { group in
            for entry in schedule.entries {
                try await Task.sleep(until: begin + entry.at, clock: .continuous)
                group.addTask { try await self.bring(about: entry) }
            }
        }
    }

    /// Mends all there is.
    func mendAll() async throws {
        for process in state.withLock({ state in
            defer { state.stopped = [] }
            return state.stopped
        }) { kill(process, SIGCONT) }
        for link in mesh.links.values { try await link.set(.open) }
        for disk in mesh.disks.values { try disk.empty() }
        if let clocks = mesh.clocks {
            for daemon in ChaosMesh.daemons { try clocks.set(daemon, seconds: 0) }
        }
        for tenant in tenants { receiver.setDown(false, for: tenant) }
    }

    private func bring(about entry: ChaosSchedule.Entry) async throws {
        guard isPossible(entry.fault) else {
            log.note("left out: \(entry.fault)")
            return state.withLock { $0.leftOut[entry.fault.kind, default: 0] += 1 }
        }
        log.note("fault: \(entry)")
        state.withLock { $0.counts[entry.fault.kind, default: 0] += 1 }
        let mend = try await begin(entry.fault)
        guard entry.lasting > .zero else { return }
        // Cut short by the end of the run: mended all the same.
        try? await Task.sleep(for: entry.lasting)
        try await mend()
        log.note("mended: \(entry.fault)")
    }

    private func isPossible(_ fault: ChaosFault) -> Bool {
        switch fault {
        case .fillDisk(let disk): mesh.disks[disk] != nil
        case .stepClock: mesh.clocks != nil
        case .kill, .stop, .killDatabase, .stopDatabase, .killBackend, .stopBackend, .killAll,
            .network, .stopProvider, .closeReceiver:
            true
        }
    }

    /// - Returns: what mends it.
    private func begin(_ fault: ChaosFault) async throws -> @Sendable () async throws -> Void {
        switch fault {
        case .kill(let daemon): signal([mesh.process(of: daemon)].compactMap(\.self), SIGKILL)
        case .stop(let daemon): return stop([mesh.process(of: daemon)].compactMap(\.self))
        case .killDatabase: try await crashDatabase()
        case .stopDatabase:
            return stop([mesh.database.postmaster].compactMap(\.self) + mesh.database.children)
        case .killBackend(let draw): signal(backend(draw), SIGKILL)
        case .stopBackend(let draw): return stop(backend(draw))
        case .killAll:
            signal(ChaosMesh.daemons.compactMap { mesh.process(of: $0) }, SIGKILL)
            try await crashDatabase()
        case .network(let link, let condition):
            try await mesh.links[link]?.set(condition)
            return { try await self.mesh.links[link]?.set(.open) }
        case .fillDisk(let disk):
            try mesh.disks[disk]?.fill()
            return { try self.mesh.disks[disk]?.empty() }
        case .stepClock(let daemon, let seconds):
            try mesh.clocks?.set(daemon, seconds: seconds)
            return { try self.mesh.clocks?.set(daemon, seconds: 0) }
        case .stopProvider: return stop([mesh.stripe?.pid].compactMap(\.self))
        case .closeReceiver:
            for tenant in tenants { receiver.setDown(true, for: tenant) }
            return { for tenant in self.tenants { self.receiver.setDown(false, for: tenant) } }
        }
        return {}
    }

    // MARK: - Processes

    private func backend(_ draw: UInt64) -> [Int32] {
        let backends = mesh.database.backends
        guard !backends.isEmpty else { return [] }
        return [backends[Int(draw % UInt64(backends.count))]]
    }

    private func signal(_ processes: [Int32], _ number: Int32) {
        for process in processes { kill(process, number) }
    }

    private func stop(_ processes: [Int32]) -> @Sendable () async throws -> Void {
        state.withLock { $0.stopped.formUnion(processes) }
        signal(processes, SIGSTOP)
        return {
            self.state.withLock { $0.stopped.subtract(processes) }
            self.signal(processes, SIGCONT)
        }
    }

    private func crashDatabase() async throws {
        let isFirst = state.withLock { state in
            defer { state.isDatabaseStarting = true }
            return !state.isDatabaseStarting
        }
        guard isFirst else { return }
        defer { state.withLock { $0.isDatabaseStarting = false } }
        let database = mesh.database
        // Starting it blocks a thread.
        try await NIOThreadPool.singleton.runIfActive { try database.crashAndStart() }
    }
}
