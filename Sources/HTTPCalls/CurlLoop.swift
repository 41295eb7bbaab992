// SPDX-License-Identifier: MIT

import CCurl
import Glibc
import Synchronization

/// libcurl's multi handle and the one thread that drives it.
///
/// SAFETY: `multi` and `transfers` belong to that thread; others only fill the inbox, and call
/// `curl_multi_wakeup`, which libcurl allows from any thread.
final class CurlLoop: @unchecked Sendable {
    private struct Inbox {
        var submitted: [Transfer] = []
        var cancelled: Set<UInt64> = []
        var underWayCount = 0
        var isStopping = false
    }

    private let multi: UnsafeMutableRawPointer?
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    private let inbox = Mutex(Inbox())
    private let waitingCountMax: Int

    init(_ configuration: HTTPCallerConfiguration) {
        waitingCountMax = configuration.waitingCountMax
        multi = curl_multi_init()
        ccurl_multi_set_long(
            multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.connectionCountMax)
        ccurl_multi_set_long(
            multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionCountPerHostMax)
    }

    deinit { curl_multi_cleanup(multi) }

    /// Starts the thread, which keeps this object alive until `stop`.
    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        precondition(status == 0, "no thread can be made")
        pthread_detach(thread)
    }

    func stop() {
        inbox.withLock { $0.isStopping = true }
        curl_multi_wakeup(multi)
    }

    func submit(_ transfer: Transfer) {
        let isAccepted = inbox.withLock { inbox in
            guard inbox.underWayCount < waitingCountMax else { return false }
            inbox.underWayCount += 1
            inbox.submitted.append(transfer)
            return true
        }
        guard isAccepted else {
            return transfer.fail(.overloaded, message: "\(waitingCountMax) calls are under way")
        }
        curl_multi_wakeup(multi)
    }

    /// Ends the call, also when it is submitted only afterwards.
    func cancel(_ identifier: UInt64) {
        inbox.withLock { _ = $0.cancelled.insert(identifier) }
        curl_multi_wakeup(multi)
    }

    /// The call has ended: its cancellation need not be remembered.
    func forget(_ identifier: UInt64) {
        inbox.withLock { _ = $0.cancelled.remove(identifier) }
    }

    private func run() {
        while takeInbox() {
            var runningCount: Int32 = 0
            curl_multi_perform(multi, &runningCount)
            finishEnded()
            // Ends early on traffic, libcurl's own timers, and wake-ups.
            curl_multi_poll(multi, nil, 0, 1_000, nil)
        }
        for transfer in Array(transfers.values) {
            end(transfer)
            transfer.fail(.cancelled, message: "the caller was let go")
        }
    }

    /// False once the loop is to stop.
    private func takeInbox() -> Bool {
        let (submitted, cancelled, isStopping) = inbox.withLock { inbox in
            defer { inbox.submitted.removeAll() }
            return (inbox.submitted, inbox.cancelled, inbox.isStopping)
        }
        for transfer in submitted {
            transfer.attach()
            transfers[transfer.handle.raw] = transfer
            curl_multi_add_handle(multi, transfer.handle.raw)
        }
        if !cancelled.isEmpty {
            for transfer in Array(transfers.values) where cancelled.contains(transfer.identifier) {
                end(transfer)
                transfer.fail(.cancelled, message: "the calling task was cancelled")
            }
        }
        return !isStopping
    }

    private func finishEnded() {
        var remainingCount: Int32 = 0
        while let message = curl_multi_info_read(multi, &remainingCount) {
            guard message.pointee.msg == CURLMSG_DONE,
                let raw = message.pointee.easy_handle, let transfer = transfers[raw]
            else { continue }
            let code = ccurl_message_result(message)
            end(transfer)
            transfer.finish(code)
        }
    }

    private func end(_ transfer: Transfer) {
        curl_multi_remove_handle(multi, transfer.handle.raw)
        transfers[transfer.handle.raw] = nil
        inbox.withLock { $0.underWayCount -= 1 }
    }
}
