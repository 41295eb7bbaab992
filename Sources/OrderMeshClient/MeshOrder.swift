// SPDX-License-Identifier: MIT

public import FoundationEssentials
import Orders
import Wire

/// An order as the mesh has it, with its story so far.
public struct MeshOrder: Sendable, Equatable {
    /// Its id.
    public let id: MeshOrderID
    /// Whose it is.
    public let tenant: String
    /// Who ordered.
    public let customer: String
    /// Where it stands.
    public let status: MeshOrderStatus
    /// Three letters of ISO 4217.
    public let currency: String
    /// The sum in hundredths of the currency.
    public let totalMinor: Int64
    /// When it was accepted.
    public let created: Date
    /// Finds the order in all logs.
    public let correlationID: String
    /// What is ordered.
    public let items: [MeshOrderItem]
    /// All steps so far, in order.
    public let events: [MeshOrderEvent]

    init(_ record: OrderRecord) {
        id = MeshOrderID(record.order)
        tenant = record.tenant
        customer = record.customer
        status = MeshOrderStatus(rawValue: record.status)
        currency = record.currency
        totalMinor = record.totalMinor
        created = Date(milliseconds: record.createdMilliseconds)
        correlationID = record.trace.description
        items = record.items.map {
            MeshOrderItem(
                product: $0.product, quantity: $0.quantity, unitPriceMinor: $0.unitPriceMinor)
        }
        events = record.events.map(MeshOrderEvent.init)
    }
}

/// One step in an order's story.
public struct MeshOrderEvent: Sendable, Equatable {
    /// Rises within the order.
    public let number: UInt64
    /// When.
    public let time: Date
    /// Which stage wrote it, such as `payment`.
    public let stage: String
    /// Where the order stood after it.
    public let status: MeshOrderStatus
    /// For people.
    public let detail: String
    /// Which attempt of the stage, from 1.
    public let attempt: UInt32

    init(_ event: Event) {
        number = event.number
        time = Date(milliseconds: event.atMilliseconds)
        stage = event.stage
        status = MeshOrderStatus(rawValue: event.status)
        detail = event.detail
        attempt = event.attempt
    }
}

extension Date {
    init(milliseconds: UInt64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    var milliseconds: UInt64 { UInt64(max(0, timeIntervalSince1970 * 1000)) }
}
