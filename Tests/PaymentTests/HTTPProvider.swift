// SPDX-License-Identifier: MIT
import HTTPCalls
import Payment

/// A company that is asked over HTTP before anything is charged, and keeps its books in our ledger.
struct HTTPProvider: PaymentProvider {
    let base: LedgerProvider
    let url: String
    let caller = HTTPCaller()

    var name: String { base.name }

    func charge(_ charges: [Charge]) async -> [ChargeAnswer] {
        guard !charges.isEmpty else { return [] }
        do {
            let response = try await caller.perform(HTTPRequest(method: "POST", url: url))
            guard response.status == 200 else {
                return charges.map { _ in .unknown(reason: "status \(response.status)") }
            }
        } catch {
            return charges.map { _ in .unavailable(reason: "\(error)") }
        }
        return await base.charge(charges)
    }

    func reverse(_ charges: [Charge]) async -> [ReversalAnswer] { await base.reverse(charges) }

    func standing(of charges: [Charge]) async -> [ChargeStanding] {
        await base.standing(of: charges)
    }
}
