// SPDX-License-Identifier: MIT
import Orders
import SegmentLog
import SimulatedMachine
import Wire

extension BrokerWorld {
    /// Something goes wrong.
    func suffer() throws {
        switch Int.random(in: 0..<11, using: &random) {
        case 0..<2:
            if let connection = connections.randomElement(using: &random) { try cut(connection) }
        case 2..<5: abandonConnection()
        case 5: try kill()
        case 6: try stepClock(by: .seconds(Int64.random(in: -30...30, using: &random)))
        case 7: limitDisk()
        case 8: rot()
        case 9: try settleAtDeadline()
        default: try pass(.seconds(Int64.random(in: 5...25, using: &random)))
        }
    }

    /// A client gives a connection up, which the broker holds on to.
    private func abandonConnection() {
        let connected = clients.filter { $0.connection != nil }
        connected.randomElement(using: &random)?.disconnected()
    }

    private func limitDisk() {
        isDiskLimited.toggle()
        trace.note(isDiskLimited ? .filled : .emptied)
        storage.limitFiles(
            to: isDiskLimited ? storage.fileCount + Int.random(in: 0...1, using: &random) : nil)
        if isDiskLimited { truth.mayBeFull = true }
    }

    private func rot() {
        guard storage.rottenFile == nil,
            storage.rot(inFilesEnding: ".segment", ".snapshot") != nil
        else { return }
        counts.rottenBits += 1
        trace.note(.flipped)
    }

    /// A settlement arrives in the moment in which its lease ends, before the broker has noticed.
    private func settleAtDeadline() throws {
        let holders = clients.filter { $0.isOpen && !$0.held.isEmpty }
        guard let client = holders.randomElement(using: &random), let broker,
            let connection = client.connection, connection.isHeldByBroker,
            let held = client.held.randomElement(using: &random),
            let deadline = truth.deadline(of: held.delivery, in: held.queue)
        else { return }
        client.held.removeAll { $0.delivery.token == held.delivery.token }
        let ask = SettlementAsk(
            sequence: held.delivery.sequence, token: held.delivery.token, verdict: .ack)
        client.send(.settle(queue: held.queue, [ask]))
        try run(broker)
        let early = Duration.nanoseconds(Int64.random(in: -1...1, using: &random))
        try setClock(to: deadline + early)
        try deliverToBroker(connection, byteCount: connection.toBrokerByteCount)
    }

    // MARK: - The end of a process

    /// The process is killed; the machine goes on.
    private func kill() throws {
        trace.note(.killed)
        storage.stop()
        try end()
        storage.restartProcess()
    }

    /// Sees whether the power failed, or the broker ended itself, and whether it had reason to.
    func attend() throws {
        guard let broker else { return }
        if storage.hasCrashed {
            trace.note(.lost)
            try collect()
            try end()
            loseMachineOrProcess()
        } else if let failure = broker.failure {
            trace.note(.failed)
            try collect()
            try excuse(failure)
            if case .storage(let cause) = failure.code { isTailUnsure = cause.isOfDurability }
            storage.stop()
            try end()
            storage.restartProcess()
        }
    }

    /// In the middle of a write the power failed, or the process was killed.
    private func loseMachineOrProcess() {
        guard isTailUnsure || !random.once(in: 3) else { return storage.restartProcess() }
        storage.restart()
        isTailUnsure = false
    }

    /// Takes the process down.
    private func end() throws {
        counts.crashes += 1
        try broker?.end(connections)
        broker = nil
        connections = []
        truth.crashed()
        for client in clients where client.connection != nil {
            // The last words may be under way still.
            if random.once(in: 2) { client.disconnected() }
        }
    }

    /// Whether the broker had reason to end itself.
    private func excuse(_ failure: any Error) throws {
        guard let error = failure as? LogError else { throw failure }
        switch error.code {
        case .storage(let cause) where cause.isOutOfSpace && truth.mayBeFull:
            try excuseFullDisk(error)
            if isDiskLimited { limitDisk() }
            counts.diskErrors += 1
        case .storage where isFaultArmed:
            // Spent by that; what ended the broker otherwise leaves it armed.
            isFaultArmed = false
            counts.diskErrors += 1
        case .damaged where storage.rottenFile == error.file:
            counts.rottenBitsFound += 1
            storage.heal()
        default: throw Breach("ended for no reason: \(error)")
        }
    }

    /// While it runs it may use all the room up before it knows that no more is to be had. But what
    /// it then needs to start with, and to go on settling, it must have kept.
    private func excuseFullDisk(_ error: LogError) throws {
        guard broker != nil || storage.byteCountSinceCreation >= rules.reserveByteCount else {
            throw Breach("does not start on a full disk: \(error)")
        }
    }

    // MARK: - The next one

    /// Starts the broker again, which may fail on the way as well.
    func restart() throws {
        if random.once(in: 6) { rot() }
        if !isDraining { armRecovery() }
        do {
            try start()
        } catch let error as LogError {
            counts.crashes += 1
            if storage.hasCrashed {
                trace.note(.lost, "in recovery")
                loseMachineOrProcess()
            } else {
                trace.note(.failed, "in recovery")
                try excuse(error)
                storage.restartProcess()
            }
            return
        }
        storage.heal()
        storage.disarm()
        // Its first write may be a part of the start, and have failed by that.
        if broker?.failure == nil { isFaultArmed = false }
        truth.mayBeFull = isDiskLimited
        if !isDraining { armLife() }
    }

    private func armRecovery() {
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<3: storage.crash(afterOperations: Int.random(in: 1...4, using: &random))
        case 3: arm(.read, within: 4)
        case 4: arm([.list, .open, .write, .truncate].randomElement(using: &random), within: 2)
        default: break
        }
    }

    /// What will happen to the disk, should the process live that long.
    func armLife() {
        // A disk that just failed to write what it had is about to forget it.
        if isTailUnsure, !random.once(in: 4) {
            return storage.crash(afterOperations: Int.random(in: 4...16, using: &random))
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6: storage.crash(afterOperations: Int.random(in: 1...50, using: &random))
        case 6: arm(.read, within: 8)
        case 7: arm(.synchronize, within: 12)
        case 8: arm([.create, .rename, .remove, .write].randomElement(using: &random), within: 4)
        default: break
        }
    }

    private func arm(_ operation: StorageError.Operation?, within count: Int) {
        guard let operation else { return }
        isFaultArmed = true
        trace.note(.armed)
        storage.fail(
            operation, afterOperations: Int.random(in: 1...count, using: &random), number: 5)
    }
}

extension StorageError {
    /// Whether it leaves in doubt what of the bytes written before is on the disk.
    fileprivate var isOfDurability: Bool { operation == .synchronize }
}
