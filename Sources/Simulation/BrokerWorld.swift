// SPDX-License-Identifier: MIT
import NIOCore
import NIOEmbedded
import Orders
import QueueState
package import SegmentLog
package import SimulatedMachine
import Wire

/// A broker, its clients, its clock, its disk and its network, in one thread. Everything that
/// happens by chance follows from the seed.
package final class BrokerWorld {
    let rules: SimulationRules
    let storage: SimulatedStorage
    let clock = SimulatedClock()
    let clients: [SimulatedClient]
    /// What the broker takes for its disk.
    let makeDisk: MakeDisk
    var random: SplitMix64
    var truth: BrokerTruth
    var trace = EventTrace()
    var counts = SimulationCounts()
    /// nil while the process does not run.
    var broker: SimulatedBroker?
    /// Those that the broker holds.
    var connections: [SimulatedConnection] = []
    /// Whether the faults have stopped, and everybody finishes his work.
    var isDraining = false
    var isDiskLimited = false
    /// Whether an error of the disk is on its way.
    var isFaultArmed = false
    /// Whether what a reader sees of the log may be in the cache alone, and counts as clean there: a
    /// synchronization failed, and the machine went on.
    var isTailUnsure = false
    private var nextConnection = 1

    /// Puts something between the broker and its disk, to show that the truth notices.
    package typealias MakeDisk = @Sendable (SimulatedStorage) -> any SegmentStorage

    init(seed: UInt64, makeDisk: @escaping MakeDisk = { $0 }) throws {
        random = SplitMix64(seed: seed)
        self.makeDisk = makeDisk
        rules = SimulationRules(using: &random)
        storage = SimulatedStorage(seed: random.next())
        truth = BrokerTruth(rules: rules, now: clock.now())
        let roles: [SimulatedClient.Role] = [
            .publisher, .publisher, .consumer, .consumer, .consumer, .operator,
        ]
        clients = roles.enumerated().map { SimulatedClient(number: $0, role: $1) }
        try start()
    }

    /// Starts the broker's process on what is on the disk.
    func start() throws {
        broker = try SimulatedBroker(
            rules, on: makeDisk(storage), clock: clock,
            random: SplitMix64(seed: random.next()))
        try compare()
        trace.note(.recovered, "", UInt64(counts.crashes))
    }

    // MARK: - Network

    func connect(_ client: SimulatedClient) throws {
        guard let broker, broker.failure == nil else { return }
        let connection = try broker.connect(nextConnection)
        nextConnection += 1
        connections.append(connection)
        client.connected(connection)
        trace.note(.connected, "", UInt64(client.number), UInt64(connection.number))
    }

    /// Hands the broker the next bytes of a connection.
    func deliverToBroker(_ connection: SimulatedConnection, byteCount: Int) throws {
        let (bytes, requests) = connection.takeForBroker(byteCount: byteCount)
        guard connection.isHeldByBroker else { return }
        // What the broker may have forgotten by now never arrives.
        if requests.contains(where: { truth.isForgotten($0.request) }) {
            return try cut(connection)
        }
        for (correlation, request) in requests {
            if request.isAnswered { connection.unanswered[correlation] = request }
            truth.received(request, correlation, on: connection.number)
        }
        trace.note(
            .asked, "", UInt64(connection.number), UInt64(bytes.readableBytes),
            UInt64(requests.count))
        try connection.channel.writeInbound(bytes)
        try collect()
    }

    /// Hands the client the next bytes of a connection.
    func deliverToClient(_ connection: SimulatedConnection, byteCount: Int) {
        let words = connection.takeForClient(byteCount: byteCount)
        trace.note(.heard, "", UInt64(connection.number), UInt64(words.count))
        guard let client = clients.first(where: { $0.connection === connection }) else { return }
        for (correlation, word) in words { client.heard(word, correlation) }
        if !connection.isHeldByBroker, connection.toClientByteCount == 0 { client.disconnected() }
    }

    /// The broker notices that a connection is lost.
    func cut(_ connection: SimulatedConnection) throws {
        guard connection.isHeldByBroker else { return }
        trace.note(.cut, "", UInt64(connection.number))
        counts.cuts += 1
        connection.channel.close(promise: nil)
        try collect()
    }

    /// Takes what the broker wrote, and holds it against the truth: answers first, since what is
    /// delivered in the same moment may follow from them.
    func collect() throws {
        truth.collection += 1
        truth.mayBeSpent = storage.byteCountSinceCreation >= rules.reserveByteCount
        var pushes: [(connection: SimulatedConnection, word: ServerWord)] = []
        for connection in connections {
            for (correlation, word) in try connection.collect() {
                if word.isPush {
                    pushes.append((connection, word))
                    continue
                }
                let request = connection.unanswered.removeValue(forKey: correlation)
                note(word, correlation, on: connection)
                try truth.answered(word, to: request, correlation, on: connection.number)
            }
        }
        try takeDeliveries(pushes)
        for connection in connections where !connection.isHeldByBroker { truth.left(connection) }
        connections.removeAll { !$0.isHeldByBroker }
    }

    /// In the order in which they were leased, which their tokens tell: what a connection held that
    /// is closed by now may be leased again.
    private func takeDeliveries(
        _ pushes: [(connection: SimulatedConnection, word: ServerWord)]
    ) throws {
        var deliveries: [(SimulatedConnection, UInt32, Wire.Delivery)] = []
        for case (let connection, .delivered(let deliver)) in pushes {
            deliveries += deliver.deliveries.map { (connection, deliver.subscription, $0) }
        }
        for connection in connections where !connection.isHeldByBroker { truth.closed(connection) }
        for (connection, subscription, delivery) in deliveries.sorted(by: {
            $0.2.token < $1.2.token
        }) {
            let number = connection.number
            trace.note(.delivered, "", UInt64(number), delivery.sequence, delivery.token)
            try truth.delivered(delivery, to: subscription, of: number)
            if !connection.isHeldByBroker { truth.closed(connection) }
        }
    }

    private func note(_ word: ServerWord, _ correlation: UInt64, on connection: SimulatedConnection)
    {
        if case .refused(let reply) = word {
            trace.note(.refused, "", UInt64(connection.number), correlation, UInt64(reply.code))
        } else {
            trace.note(.answered, "", UInt64(connection.number), correlation)
        }
    }

    // MARK: - Inspection

    /// What happened, for people.
    var totals: SimulationCounts {
        var totals = counts
        totals.published = truth.publishedCount
        totals.delivered = truth.deliveredCount
        totals.settled = truth.settledCount
        return totals
    }

    /// Lets go of everything, whatever state it is in.
    func leave() {
        storage.stop()
        // Its disk is gone: how it ends is of no interest to anybody.
        try? broker?.end(connections)
        broker = nil
    }

    /// Holds all that the broker holds against the truth, if nothing is on its way to the disk.
    func compare() throws {
        guard let broker else { return }
        trace.note(.checked)
        try truth.compare(broker.contents, depths: broker.depths)
    }
}
