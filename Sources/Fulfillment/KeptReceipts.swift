// SPDX-License-Identifier: MIT
import Daemon
import Logging
import ServiceLifecycle
import Synchronization

/// A directory for receipts that takes them once it is kept: looked through, and marked.
///
/// A disk that is full at the start is waited for, as one that becomes full later is: the daemon is
/// there to say so, and the steps come again without having used up an attempt.
final class KeptReceipts: Sendable {
    private let keeper: ReceiptKeeper
    private let readiness: Readiness
    /// Why nothing is taken yet; nil once the directory is kept.
    private let obstacle = Mutex<String?>("the receipts are looked through")

    private static let check = "receipts"
    private static let retryInterval: Duration = .seconds(1)

    init(_ keeper: ReceiptKeeper, readiness: Readiness) {
        self.keeper = keeper
        self.readiness = readiness
    }

    /// Begins to keep the directory; a disk without room leaves that to `run`.
    ///
    /// - Throws: what waiting would not mend: no permission, a mark that says nothing.
    func open() async throws {
        do {
            try keeper.directory.prepare()
            try await keeper.start()
        } catch let error as ReceiptError where error.isOfRoom {
            let reason = "\(error)"
            let isNew = obstacle.withLock { obstacle in
                defer { obstacle = reason }
                return obstacle != reason
            }
            readiness.unready(Self.check, reason: reason)
            guard isNew else { return }
            keeper.logger.error("receipts are waited for", metadata: .keyed([.error: "\(error)"]))
            return
        }
        obstacle.withLock { $0 = nil }
        readiness.ready(Self.check)
    }

    private var isOpen: Bool { obstacle.withLock { $0 == nil } }

    /// - Returns: false when the daemon ends before.
    private func becomesOpen() async throws -> Bool {
        while !isOpen {
            // Cancelled means asked to stop, which is no error.
            do { try await Task.sleep(for: Self.retryInterval) } catch { return false }
            try await open()
        }
        return true
    }
}

extension KeptReceipts: ReceiptStore {
    var naming: ReceiptNaming { keeper.directory.naming }

    func keep(_ files: [ReceiptDirectory.File]) -> [String: ReceiptRefusal] {
        guard let reason = obstacle.withLock({ $0 }) else { return keeper.directory.keep(files) }
        let refusal = ReceiptRefusal(reason: reason, isOfTheStore: true)
        return Dictionary(uniqueKeysWithValues: files.map { ($0.name, refusal) })
    }
}

extension KeptReceipts: Service {
    func run() async throws {
        guard try await cancelWhenGracefulShutdown({ try await self.becomesOpen() }) else { return }
        try await keeper.run()
    }
}
