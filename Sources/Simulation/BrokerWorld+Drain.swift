// SPDX-License-Identifier: MIT
import Broker
import NIOEmbedded
import QueueState
import SimulatedMachine

extension BrokerWorld {
    /// More than the longest wait before a retry, all attempts, and a clock set back take.
    private static let roundCountMax = 600

    /// The faults stop; then everything that was accepted must be settled.
    func drain() throws {
        try settleFaults()
        isDraining = true
        storage.heal()
        storage.disarm()
        storage.limitFiles(to: nil)
        (isDiskLimited, isFaultArmed) = (false, false)
        for client in clients { client.disconnected() }
        for connection in connections { try cut(connection) }
        for _ in 0..<Self.roundCountMax {
            trace.step += 1
            if try isDrained() { return try finish() }
            try round()
        }
        throw Breach("does not drain: \(rest) are left")
    }

    /// Lets whatever went wrong already come to light.
    private func settleFaults() throws {
        for _ in 0..<3 {
            guard let broker else { return }
            try run(broker)
            broker.writer.run()
            broker.helper.run()
            broker.archive.run()
            try run(broker)
            try attend()
        }
    }

    /// Everybody has a turn, and nothing is held up.
    private func round() throws {
        while broker == nil { try restart() }
        guard let broker else { return }
        for client in clients { try act(client) }
        for connection in connections {
            try deliverToBroker(connection, byteCount: connection.toBrokerByteCount)
        }
        for _ in 0..<3 {
            try run(broker)
            broker.writer.run()
            broker.helper.run()
            broker.archive.run()
        }
        try run(broker)
        for client in clients {
            guard let connection = client.connection else { continue }
            deliverToClient(connection, byteCount: connection.toClientByteCount)
        }
        try pass(.milliseconds(500))
        try attend()
    }

    /// What is left, for people.
    private var rest: String {
        let views = (broker?.contents ?? []).enumerated().flatMap { queue, views in
            views.prefix(3).map { "\($0.sequence.rawValue) of queue \(queue), \($0.phase)" }
        }
        return views.joined(separator: "; ")
    }

    private func isDrained() throws -> Bool {
        guard let broker, broker.service.isQuiet else { return false }
        let isAsked = clients.contains { $0.role == .publisher && !$0.isIdle }
        return !isAsked && broker.contents.allSatisfy(\.isEmpty)
    }

    private func finish() throws {
        try compare()
        try truth.checkDrained()
    }
}
