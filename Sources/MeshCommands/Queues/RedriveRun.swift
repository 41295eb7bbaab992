// SPDX-License-Identifier: MIT
import Orders
import ServiceClients
import Wire

/// A redrive of any size, request by request; each has an id of its own, counted up from the first.
struct RedriveRun {
    let request: Redrive

    /// - Parameter progress: told the count so far, before going on.
    /// - Returns: how many in all.
    func run(_ broker: BrokerClient, progress: (UInt64) -> Void) async throws -> UInt64 {
        var request = request
        var count: UInt64 = 0
        while true {
            let answer = try await broker.redrive(request)
            count += UInt64(answer.count)
            guard answer.more, !request.dryRun, let next = next(after: request, answer) else {
                return count
            }
            progress(count)
            try await Task.sleep(for: .milliseconds(Int64(answer.resumeMilliseconds)))
            request = next
        }
    }

    /// nil when the limit is reached.
    private func next(after request: Redrive, _ answer: Redriven) -> Redrive? {
        var next = request
        next.id = UniqueID(high: request.id.high, low: request.id.low &+ 1)
        guard request.limit > 0 else { return next }
        next.limit = request.limit - min(answer.count, request.limit)
        return next.limit == 0 ? nil : next
    }
}
