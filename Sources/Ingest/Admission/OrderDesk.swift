// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// What the edges (HTTP and mesh) ask for; both go through the same one.
protocol OrderDesk: Sendable {
    /// Admits an order, or says why not. Never throws: every way out is an answer.
    ///
    /// - Parameters:
    ///   - trace: the correlation id under which all that follows is logged.
    ///   - deadline: nothing is stored that waited until then [H-12].
    func place(
        _ order: PlacedOrder, trace: TraceID, until deadline: NIODeadline
    ) async -> PlaceAnswer

    /// An order of `tenant` with its story so far.
    func order(_ id: OrderID, of tenant: TenantID) async throws(Refusal) -> OrderRecord

    /// The events of an order with numbers greater than `after`, as they happen, until it is final.
    func watch(
        _ id: OrderID, of tenant: TenantID, after: UInt64
    ) throws(Refusal) -> WatchHub.Watch

    /// Ends a watch, if it goes on.
    func end(_ watch: WatchHub.WatchID)

    /// The tenant's bucket; takes nothing.
    func quota(of tenant: TenantID) async throws(Refusal) -> Quota
}
