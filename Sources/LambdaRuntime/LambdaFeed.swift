// SPDX-License-Identifier: MIT
import Bridge
import Daemon
import Pipeline
import Saga
import Wire

/// Steps from invocations by AWS Lambda.
struct LambdaFeed: StageFeed {
    let api: RuntimeAPI
    let cloud: BridgeSettings.Cloud
    let margin: Duration
    /// The program's own name: as whom it works on the queues.
    let program: String
    let environment: [String: String]

    func open(_ settings: StageSettings, _ context: DaemonContext) throws -> StageLine {
        let queues = try InvokedQueues(
            cloud, environment: environment, as: program, clock: context.clock,
            logger: context.logger)
        let queue = InvokedStepQueue(queues)
        let chores = ChoreList()
        let work = InvocationWork(
            queues: queues, queue: queue, chores: chores, clock: context.clock,
            logger: context.logger, batchCountMax: settings.stage.batchCountMax, margin: margin)
        let loop = InvocationLoop(
            api: api, work: work, logFields: context.logFields, logger: context.logger)
        let announcer = StepAnnouncer { output in
            try await queues.publish(Envelope(output), to: output.queue.rawValue)
        }
        let courier = ReceiptCourier(queues)
        return StageLine(
            queue: queue, announcer: announcer, links: [courier], drivers: [loop],
            receiptPost: queues.keepsReceipts ? courier.submit : nil,
            runChores: { more in
                chores.add(more)
                return []
            })
    }
}
