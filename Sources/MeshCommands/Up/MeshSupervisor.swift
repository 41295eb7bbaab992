// SPDX-License-Identifier: MIT
import Foundation
import ServiceLifecycle
import Synchronization

/// Runs the daemons of a mesh: starts them, starts again what dies, stops them in order.
final class MeshSupervisor: Service {
    /// Longest wait before a daemon that keeps dying is started again.
    private static let restartDelayMax = Duration.seconds(5)
    private static let readyPatience = Duration.seconds(60)

    private let layout: MeshLayout
    private let map: MeshMap
    private let daemons: [MeshDaemon]
    private let settings: [MeshDaemon: [String: String]]
    private let say: @Sendable (String) -> Void
    private let state = Mutex(State())

    private struct State {
        var running: [MeshDaemon: ChildProgram] = [:]
        var isStopping = false
    }

    /// - Parameters:
    ///   - settings: of single daemons, as environment variables, before those that follow from the map.
    ///   - say: hears what happens.
    init(
        layout: MeshLayout, map: MeshMap, daemons: [MeshDaemon] = MeshDaemon.allCases,
        settings: [MeshDaemon: [String: String]] = [:],
        say: @escaping @Sendable (String) -> Void = MeshSupervisor.sayToPeople
    ) {
        self.layout = layout
        self.map = map
        self.daemons = daemons
        self.settings = settings
        self.say = say
    }

    /// Returns after a graceful shutdown, when every daemon has ended.
    func run() async throws {
        try map.write(to: layout.runDirectory)
        defer { removeMap() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for daemon in daemons {
                group.addTask { try await self.keepRunning(daemon) }
            }
            group.addTask { try await self.announceReady() }
            group.addTask {
                try? await gracefulShutdown()  // Cancelled instead: stop all the same.
                self.stop()
            }
            try await group.waitForAll()
        }
    }

    // MARK: - One daemon

    private func keepRunning(_ daemon: MeshDaemon) async throws {
        var delay = Duration.milliseconds(100)
        var isFirst = true
        while let program = try start(daemon) {
            if !isFirst { say("\(daemon) runs again, process \(program.pid)") }
            isFirst = false
            let started = ContinuousClock.now
            let end = await program.end()
            state.withLock { $0.running[daemon] = nil }
            if state.withLock({ $0.isStopping }) { break }
            if ContinuousClock.now - started > .seconds(10) { delay = .milliseconds(100) }
            let words = LastWords.of(logFile: layout.logFile(daemon)) ?? "it said nothing"
            say("\(daemon) ended (\(end): \(words)); starting it again")
            try await Task.sleep(for: delay)
            delay = min(delay * 2, Self.restartDelayMax)
        }
        // Files of a daemon that is no more; one that cannot be removed misleads nobody for long.
        for file in [layout.processFile(daemon), layout.portsFile(daemon)] {
            try? FileManager.default.removeItem(atPath: file)
        }
    }

    /// Nil when the mesh is stopping.
    private func start(_ daemon: MeshDaemon) throws -> ChildProgram? {
        try state.withLock { state in
            guard !state.isStopping else { return nil }
            let program = try ChildProgram(
                executable: ProgramPath.directory + "/" + daemon.rawValue,
                environment: DaemonEnvironment(map: map, layout: layout).variables(of: daemon)
                    .merging(settings[daemon] ?? [:]) { $1 },
                logFile: layout.logFile(daemon))
            state.running[daemon] = program
            try Data(String(program.pid).utf8).write(
                to: URL(filePath: layout.processFile(daemon)), options: .atomic)
            return program
        }
    }

    // MARK: - All of them

    /// SIGTERM to all: each drains what it has in hand; the order of ends does not matter, because
    /// what one has not handed on lies durably with the broker or in the outbox.
    private func stop() {
        let programs = state.withLock { state in
            state.isStopping = true
            return Array(state.running.values)
        }
        for program in programs { program.terminate() }
    }

    private func announceReady() async throws {
        let probe = ReadinessProbe(ports: map.admin, isBridged: map.isBridged == true)
        let unready = try await probe.wait(for: Self.readyPatience) {
            self.state.withLock { $0.isStopping }
        }
        if unready.isEmpty {
            say("ready: http://127.0.0.1:\(map.http)/orders  run directory \(layout.runDirectory)")
        } else {
            say("not ready: \(unready.joined(separator: ", ")); see \(layout.logs)")
        }
    }

    private func removeMap() {
        try? FileManager.default.removeItem(
            atPath: layout.runDirectory + "/" + MeshMap.fileName)
    }

    static func sayToPeople(_ line: String) {
        FileHandle.standardError.write(Data("meshctl: \(line)\n".utf8))
    }
}
