// SPDX-License-Identifier: MIT
package import Daemon
package import ServiceLifecycle
package import Sessions
package import Wire

/// Where a stage's program gets its steps from: it asks the broker for them, or is invoked with them.
package protocol StageFeed: Sendable {
    /// Called once, before the stage is made.
    ///
    /// - Throws: when the configuration lacks what the feed needs.
    func open(_ settings: StageSettings, _ context: DaemonContext) throws -> StageLine
}

/// Puts one receipt where receipts are kept; the completion is called once, whatever happens.
package typealias ReceiptPost =
    @Sendable (
        PutReceipt, @escaping @Sendable (Result<ReceiptKept, CallError>) -> Void
    ) -> Void

/// A feed that is open.
package struct StageLine: Sendable {
    /// One for all stages of the program.
    package let queue: any StepQueue
    package let announcer: StepAnnouncer
    /// Started before the stage, so that they end after it.
    package let links: [any Service]
    /// Started after the stage, so that they end before it: what brings it steps by itself.
    package let drivers: [any Service]
    /// Nil where receipts are no business of the feed's.
    package let receiptPost: ReceiptPost?
    /// Which services see to the chores that stand beside the stage.
    package let runChores: @Sendable ([any StageChore]) -> [any Service]

    package init(
        queue: any StepQueue, announcer: StepAnnouncer, links: [any Service],
        drivers: [any Service] = [], receiptPost: ReceiptPost? = nil,
        runChores: @escaping @Sendable ([any StageChore]) -> [any Service] = { $0 }
    ) {
        self.queue = queue
        self.announcer = announcer
        self.links = links
        self.drivers = drivers
        self.receiptPost = receiptPost
        self.runChores = runChores
    }
}
