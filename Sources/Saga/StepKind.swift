// SPDX-License-Identifier: MIT

/// One kind of work that a stage does for an order. The raw value is the byte in the message.
package enum StepKind: UInt8, CaseIterable, Sendable {
    /// Hold the stock of all items, or of none.
    case reserve = 1
    /// Give held stock back.
    case release = 2
    /// Charge the customer once.
    case charge = 3
    /// Give a charge back.
    case reverse = 4
    /// Write the receipt, ship the stock, keep the money.
    case fulfil = 5
    /// Tell the customer.
    case notify = 6

    /// The queue whose stage does this work.
    package var queue: StageQueue {
        switch self {
        case .reserve, .release: .inventory
        case .charge, .reverse: .payment
        case .fulfil: .fulfillment
        case .notify: .notification
        }
    }

    /// Undoes an earlier step: goes before other work, and no depth limit refuses it.
    package var isCompensation: Bool {
        switch self {
        case .release, .reverse: true
        case .reserve, .charge, .fulfil, .notify: false
        }
    }
}

/// A queue of the broker, and the stage that consumes it.
package enum StageQueue: String, CaseIterable, Sendable {
    case inventory
    case payment
    case fulfillment
    case notification
}
