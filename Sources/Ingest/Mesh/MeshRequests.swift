// SPDX-License-Identifier: MIT
import Daemon
import Logging
import NIOCore
import Orders
import PostgresStore
import SecureTransport
import ServiceLifecycle
import Sessions
import Wire

/// Works on the mesh's requests off the event loops: each in a task of its own, so that those which
/// wait for the same batch wait together.
final class MeshRequests: Service {
    /// One request and where its answer goes.
    struct Job: Sendable {
        enum Request: Sendable {
            case place(PlaceOrder)
            case get(GetOrder)
            case watch(WatchOrder, WatchBook)
        }

        let request: Request
        let peer: PeerIdentity
        let session: SessionHandle
        let correlation: UInt64
        let trace: TraceID
        /// When its sender stops to wait.
        let deadline: NIODeadline
    }

    private let desk: AdmissionDesk
    private let jobs: AsyncStream<Job>
    private let continuation: AsyncStream<Job>.Continuation

    /// Further ones are refused; a session's own limit is below it.
    private static let waitingCountMax = 65_536

    init(desk: AdmissionDesk) {
        self.desk = desk
        (jobs, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(Self.waitingCountMax))
    }

    /// - Returns: false when too many wait already.
    func submit(_ job: Job) -> Bool {
        if case .enqueued = continuation.yield(job) { return true }
        return false
    }

    /// Works until cancelled or shut down; requests under way are finished.
    func run() async throws {
        await withDiscardingTaskGroup { group in
            await withGracefulShutdownHandler {
                for await job in jobs { group.addTask { await self.work(job) } }
            } onGracefulShutdown: {
                self.continuation.finish()
            }
        }
    }

    private func work(_ job: Job) async {
        do throws(Refusal) {
            guard !job.deadline.hasPassed else { throw .late }
            switch job.request {
            case .place(let message): try await place(message, job)
            case .get(let message): try await get(message, job)
            case .watch(let message, let book): try await watch(message, book, job)
            }
        } catch {
            job.session.fail(
                ErrorReply(
                    error.code, effect: error.effect, retryAfter: error.retryAfter,
                    message: error.detail),
                to: job.correlation, trace: job.trace.value)
        }
    }

    private func place(_ message: PlaceOrder, _ job: Job) async throws(Refusal) {
        let order = try message.checked(from: job.peer)
        switch await desk.place(order, trace: job.trace, until: job.deadline) {
        case .accepted(let placement): answer(placement, isReplayed: false, job)
        case .replayed(let placement): answer(placement, isReplayed: true, job)
        case .refused(let refusal): throw refusal
        }
    }

    private func answer(_ placement: Placement, isReplayed: Bool, _ job: Job) {
        job.session.reply(
            OrderPlaced(
                order: placement.order.value, status: placement.status.rawValue,
                replayed: isReplayed, keyExpiresMilliseconds: placement.keyExpires.milliseconds,
                trace: placement.trace.value),
            to: job.correlation, trace: placement.trace.value)
    }

    private func get(_ message: GetOrder, _ job: Job) async throws(Refusal) {
        let tenant = try TenantScope.tenant(message.tenant, for: job.peer)
        let order = try await desk.order(OrderID(message.order), of: tenant)
        job.session.reply(order, to: job.correlation, trace: order.trace)
    }

    private func watch(
        _ message: WatchOrder, _ book: WatchBook, _ job: Job
    ) async throws(Refusal) {
        let tenant = try TenantScope.tenant(message.tenant, for: job.peer)
        let order = try await desk.order(OrderID(message.order), of: tenant)
        let watch = try desk.watch(OrderID(order.order), of: tenant, after: message.after)
        defer { desk.end(watch.id) }
        guard try book.add(watch.id, of: job.session.id) else { return }
        defer { book.remove(watch.id, of: job.session.id) }
        job.session.reply(WatchingOrder(), to: job.correlation, trace: order.trace)
        // The session has heartbeats of its own.
        for await case .event(let event) in watch.news {
            job.session.push(event, trace: order.trace)
        }
    }
}
