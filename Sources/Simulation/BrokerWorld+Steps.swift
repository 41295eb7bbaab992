// SPDX-License-Identifier: MIT
import Broker
import NIOCore
import NIOEmbedded
import Orders
import SimulatedMachine

extension BrokerWorld {
    /// One thing that somebody does, or that happens to him.
    func step() throws {
        trace.step += 1
        counts.steps += 1
        guard let broker else { return try restart() }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<34: try act(clients[Int.random(in: clients.indices, using: &random)])
        case 34..<52: try carryToBroker()
        case 52..<66: try carryToClient()
        case 66..<82: try run(broker)
        case 82..<92: work(broker)
        case 92..<97: try pass(.milliseconds(Int64.random(in: 1...1500, using: &random)))
        case 97..<98: if broker.service.isQuiet { try compare() }
        default: try suffer()
        }
        try attend()
    }

    // MARK: - Network

    private func carryToBroker() throws {
        let busy = connections.filter { $0.toBrokerByteCount > 0 || !$0.isHeldByClient }
        guard let connection = busy.randomElement(using: &random) else { return }
        if !connection.isHeldByClient, random.once(in: 4) { return try cut(connection) }
        try deliverToBroker(connection, byteCount: piece(of: connection.toBrokerByteCount))
    }

    private func carryToClient() throws {
        let busy = clients.filter { client in
            client.connection.map { $0.toClientByteCount > 0 || !$0.isHeldByBroker } ?? false
        }
        guard let client = busy.randomElement(using: &random), let connection = client.connection
        else { return }
        deliverToClient(connection, byteCount: piece(of: connection.toClientByteCount))
    }

    /// All of it, mostly.
    private func piece(of byteCount: Int) -> Int {
        guard byteCount > 1, random.once(in: 4) else { return byteCount }
        return Int.random(in: 1...byteCount, using: &random)
    }

    // MARK: - The broker's threads

    /// The broker's loop takes a turn.
    func run(_ broker: SimulatedBroker) throws {
        broker.owner.run()
        try collect()
    }

    /// The disk gets something done.
    private func work(_ broker: SimulatedBroker) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            trace.note(.archived)
            broker.archive.run()
        case 1..<3:
            trace.note(.read)
            broker.helper.run()
        default:
            trace.note(.wrote)
            broker.writer.run()
        }
    }

    // MARK: - Time

    /// Time passes for everybody.
    func pass(_ duration: Duration) throws {
        guard let broker else { return }
        try run(broker)
        clock.move(by: duration)
        truth.timePassed(clock.now())
        trace.note(.passed, "", clock.now().milliseconds)
        broker.owner.advanceTime(by: .nanoseconds(duration.wholeNanoseconds))
        try collect()
    }

    /// Somebody sets the clock.
    func stepClock(by duration: Duration) throws {
        guard let broker else { return }
        try run(broker)
        try setClock(to: clock.now() + duration)
    }

    /// The clock shows `time`, and nothing has noticed yet.
    func setClock(to time: MeshInstant) throws {
        clock.move(by: time - clock.now())
        truth.timePassed(clock.now())
        counts.clockSteps += 1
        trace.note(.stepped, "", clock.now().milliseconds)
    }
}
