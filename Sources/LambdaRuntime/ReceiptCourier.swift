// SPDX-License-Identifier: MIT
import Bridge
import Pipeline
import ServiceLifecycle
import Sessions
import Wire

/// Puts receipts for callers that are no tasks, and wait. Ends when the stage has, with none left.
struct ReceiptCourier: Service {
    private struct Errand: Sendable {
        let receipt: PutReceipt
        let completion: @Sendable (Result<ReceiptKept, CallError>) -> Void
    }

    private let queues: InvokedQueues
    private let errands: AsyncStream<Errand>
    private let end: AsyncStream<Errand>.Continuation

    init(_ queues: InvokedQueues) {
        self.queues = queues
        (errands, end) = AsyncStream.makeStream()
    }

    @Sendable func submit(
        _ receipt: PutReceipt,
        _ completion: @escaping @Sendable (Result<ReceiptKept, CallError>) -> Void
    ) {
        let errand = Errand(receipt: receipt, completion: completion)
        if case .enqueued = end.yield(errand) { return }
        completion(.failure(CallError(.cancelled, effect: .notApplied, message: "shut down")))
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            await withGracefulShutdownHandler {
                for await errand in errands {
                    group.addTask {
                        do throws(CallError) {
                            errand.completion(.success(try await queues.put(errand.receipt)))
                        } catch {
                            errand.completion(.failure(error))
                        }
                    }
                }
            } onGracefulShutdown: {
                end.finish()
            }
        }
    }
}
