// SPDX-License-Identifier: MIT
import Daemon
import Logging
import Orders
import ServiceLifecycle

/// Takes one invocation after the other, until shut down.
struct InvocationLoop: Service {
    let api: RuntimeAPI
    let work: InvocationWork
    let logFields: LogFields
    let logger: Logger

    /// Work went on when the time was up. It holds what the next invocation needs, and nothing would
    /// run until that comes: the environment is given up.
    struct Overrun: Error, CustomStringConvertible {
        let description = "work went on when the time was up"
    }

    func run() async throws {
        while let invocation = try await next() {
            logFields.set(invocation.metadata)
            do {
                let body = try await work.answer(invocation)
                try await api.respond(body, to: invocation)
            } catch let error as RuntimeAPI.Failure {
                throw error
            } catch {
                logger.error("invocation failed", metadata: .keyed([.error: "\(error)"]))
                try await api.fail(invocation, error)
            }
            guard await isThrough(invocation) else { throw Overrun() }
            logFields.set([:])
        }
    }

    private func next() async throws -> Invocation? {
        try await cancelWhenGracefulShutdown { try await api.next() }
    }

    /// Waits for what is still in the works, as long as the program may run.
    private func isThrough(_ invocation: Invocation) async -> Bool {
        await work.queue.isIdle(
            within: max(invocation.deadline - work.clock.now() - Self.lastMoment, .zero))
    }

    /// What it takes to end by ourselves and say why, before Lambda ends us.
    private static let lastMoment = Duration.milliseconds(50)
}

extension Invocation {
    fileprivate var metadata: Logger.Metadata {
        var fields = Logger.Metadata.keyed([.request: "\(id)"])
        if !trace.isEmpty { fields[LogKey.requestTrace.rawValue] = "\(trace)" }
        return fields
    }
}
