// SPDX-License-Identifier: MIT
import Daemon
import Glibc
import Logging
import PostgresStore
import ServiceLifecycle

/// Sees that receipts which the database knows are in the directory, and stay there.
///
/// While it runs it syncs the whole directory now and then, and marks up to when. At a start it looks
/// through what was recorded after the mark and writes again what a crash of the machine has lost.
struct ReceiptKeeper: Sendable {
    let records: ReceiptRecords
    let directory: ReceiptDirectory
    private let interval: Duration
    let logger: Logger
    var mark: ReceiptMark { ReceiptMark(in: directory) }

    init(
        pool: PostgresPool, directory: ReceiptDirectory, interval: Duration, logger: Logger
    ) {
        records = ReceiptRecords(pool: pool)
        self.directory = directory
        self.interval = interval
        self.logger = logger
    }

    /// Makes the directory what the database says, and begins to keep it.
    func start() async throws {
        if try mark.read() == nil {
            // Nothing was written here, or each file was synced by itself.
            try mark.write(try await records.now())
        } else {
            try await restore()
        }
        // Also that the mark is there: without it the next start would take the directory for a new one.
        try await sync()
    }

    /// Syncs, and moves the mark.
    func sync() async throws {
        let now = try await records.now()
        let directory = directory
        try await Self.onThread { () throws(ReceiptError) in try directory.sync() }
        try mark.write(now)
    }

    private static func onThread(
        _ body: @escaping @Sendable () throws(ReceiptError) -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let hasStarted = BlockingThread.start(named: "receipt-sync") {
                do throws(ReceiptError) {
                    try body()
                    continuation.resume()
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            if !hasStarted {
                let error = ReceiptError(action: "sync, no thread", path: "", code: ENOMEM)
                continuation.resume(throwing: error)
            }
        }
    }
}

extension ReceiptKeeper: Service {
    func run() async throws {
        await repeating(every: interval) { await syncOrRestore() }
        await syncOrRestore()
    }

    /// What failed to reach the disk may be gone: all of it is written again, and synced next time.
    private func syncOrRestore() async {
        do {
            try await sync()
        } catch {
            logger.error("receipts not synced", metadata: .keyed([.error: "\(error)"]))
            guard error is ReceiptError else { return }
            do {
                try await restore(trustsFiles: false)
            } catch {
                logger.error("receipts not restored", metadata: .keyed([.error: "\(error)"]))
            }
        }
    }
}
