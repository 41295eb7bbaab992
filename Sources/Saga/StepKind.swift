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
    /// Tell one recipient who was not reached at once.
    case tell = 7

    /// The queue whose stage does this work.
    package var queue: StageQueue {
        switch self {
        case .reserve, .release: .inventory
        case .charge, .reverse: .payment
        case .fulfil: .fulfillment
        case .notify: .notification
        case .tell: .notificationRetry
        }
    }

    /// Whether no depth limit refuses it, and it goes before what can be refused.
    ///
    /// Undoing must always be possible. Notifications are in a queue of their own: were they refused
    /// when it is full, a tenant's slow receiver would have charges given back.
    package var isNeverRefused: Bool {
        switch self {
        case .release, .reverse, .notify, .tell: true
        case .reserve, .charge, .fulfil: false
        }
    }
}

extension StepKind: CustomStringConvertible {
    /// Its name. Written out: each line of the log has one, and to look it up in the type's own
    /// description costs more than the rest of the line.
    package var description: String {
        switch self {
        case .reserve: "reserve"
        case .release: "release"
        case .charge: "charge"
        case .reverse: "reverse"
        case .fulfil: "fulfil"
        case .notify: "notify"
        case .tell: "tell"
        }
    }
}

/// A queue of the broker, and the stage that consumes it.
package enum StageQueue: String, CaseIterable, Sendable {
    case inventory
    case payment
    case fulfillment
    case notification
    /// Of the notification stage too: what waits for a receiver that did not answer well at once.
    case notificationRetry = "notification-retry"
}
