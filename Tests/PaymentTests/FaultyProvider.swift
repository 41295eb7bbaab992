// SPDX-License-Identifier: MIT
import Payment
import Synchronization

/// A provider that does its work and then goes wrong on demand, one call each.
final class FaultyProvider: PaymentProvider {
    enum Fault: Sendable {
        /// Acts, but the answer is lost.
        case silentAfterActing
        /// Does nothing, and nobody knows.
        case silentBeforeActing
        /// Cannot be reached.
        case unavailable
    }

    private let base: LedgerProvider
    private let faults: Mutex<[Fault]>

    init(_ base: LedgerProvider, _ faults: [Fault]) {
        self.base = base
        self.faults = Mutex(faults)
    }

    var name: String { base.name }

    func charge(_ charges: [Charge]) async -> [ChargeAnswer] {
        guard !charges.isEmpty, let fault = next() else { return await base.charge(charges) }
        switch fault {
        case .silentAfterActing: _ = await base.charge(charges)
        case .silentBeforeActing: break
        case .unavailable: return charges.map { _ in .unavailable(reason: "away") }
        }
        return charges.map { _ in .unknown(reason: "timed out") }
    }

    func reverse(_ charges: [Charge]) async -> [ReversalAnswer] {
        guard !charges.isEmpty, let fault = next() else { return await base.reverse(charges) }
        if fault == .silentAfterActing { _ = await base.reverse(charges) }
        return charges.map { _ in .unknown(reason: "timed out") }
    }

    func standing(of charges: [Charge]) async -> [ChargeStanding] {
        await base.standing(of: charges)
    }

    private func next() -> Fault? {
        faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
