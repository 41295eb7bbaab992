// SPDX-License-Identifier: MIT
import Orders
import SegmentLog
import SimulatedMachine

extension BrokerWorld {
    /// Something goes wrong.
    func suffer() throws {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2:
            if let connection = connections.randomElement(using: &random) { try cut(connection) }
        case 2..<5: abandonConnection()
        case 5: try kill()
        case 6: try stepClock(by: .seconds(Int64.random(in: -30...30, using: &random)))
        case 7: limitDisk()
        case 8: rot()
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
            storage.stop()
            try end()
            storage.restartProcess()
        }
    }

    /// In the middle of a write the power failed, or the process was killed.
    private func loseMachineOrProcess() {
        if random.once(in: 3) { storage.restartProcess() } else { storage.restart() }
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
            if isDiskLimited { limitDisk() }
            counts.diskErrors += 1
        case .storage where isFaultArmed: counts.diskErrors += 1
        case .damaged where storage.rottenFile == error.file:
            counts.rottenBitsFound += 1
            storage.heal()
        default: throw Breach("ended for no reason: \(error)")
        }
        isFaultArmed = false
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
        isFaultArmed = false
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
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6: storage.crash(afterOperations: Int.random(in: 1...50, using: &random))
        case 6: arm(.read, within: 8)
        case 7: arm([.write, .synchronize].randomElement(using: &random), within: 40)
        case 8: arm([.create, .rename, .remove].randomElement(using: &random), within: 4)
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
