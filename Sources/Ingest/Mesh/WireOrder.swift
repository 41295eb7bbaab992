// SPDX-License-Identifier: MIT
import Orders
import Wire

extension OrderSnapshot {
    /// As GET_ORDER answers it.
    func record(events: [StoredEvent]) -> OrderRecord {
        OrderRecord(
            order: id.value, tenant: tenant.text, customer: customer.text,
            status: status.rawValue, currency: total.currency.code, totalMinor: total.minorUnits,
            createdMilliseconds: createdAt.milliseconds, trace: trace.value,
            items: items.map {
                Item(product: $0.product.text, quantity: $0.quantity, unitPriceMinor: $0.unitPrice)
            },
            events: events.map(\.message))
    }
}

extension StoredEvent {
    /// As ORDER and ORDER_EVENT carry it.
    var message: Event {
        Event(
            number: UInt64(clamping: number), atMilliseconds: at.milliseconds, stage: stage,
            status: status, detail: detail, attempt: attempt)
    }

    /// As it is pushed to those who watch.
    var push: OrderEvent { OrderEvent(order: order.value, event: message, final: isFinal) }
}
