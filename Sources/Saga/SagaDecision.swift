// SPDX-License-Identifier: MIT

/// What a stage does with a step that it is handed, given where order and payment stand.
package enum SagaDecision: String, CaseIterable, Sendable {
    /// Do the work.
    case perform
    /// The work was begun and may have had its effect outside: ask the provider first.
    case resume
    /// Done before; the settlement was lost. Send the same messages on again, change nothing.
    case alreadyDone
    /// The order has gone another way: nothing to do, nothing to send.
    case obsolete
    /// The order was given up and this step was redriven: begin again with the reservation.
    case restart
    /// Not possible in this state, or not yet: come again later, and in the end the dead letters.
    case conflict
    /// Not of the table: a newer lease has moved the order on. Hand the step back, touch nothing.
    case overtaken
}
