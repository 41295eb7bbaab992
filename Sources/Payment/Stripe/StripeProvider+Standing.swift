// SPDX-License-Identifier: MIT
import Orders

extension StripeProvider {
    /// A hundred intents each; a customer with more since a charge was asked for is none.
    private static let pageCountMax = 50

    /// What became of one question; moves nothing.
    func standing(of question: StripeQuestion) async -> ChargeStanding {
        switch await intent(of: question) {
        case .found(let intent): await verdict(intent)
        case .none: .neverSeen
        case .unknown(let reason): .unknown(reason: reason)
        }
    }

    enum LookUp {
        case found(StripeIntent)
        /// Stripe has nothing under the key.
        case none
        case unknown(reason: String)
    }

    /// The intent of a question: by the name on record, else among all that the customer has had
    /// since it was asked.
    func intent(of question: StripeQuestion) async -> LookUp {
        guard let reference = question.reference else { return await search(for: question) }
        let query = StripeForm([("expand[]", "latest_charge")])
        switch await client.get("/v1/payment_intents/\(reference)", query) {
        case .done(let body):
            guard let intent = StripeIntent.decode(StripeIntent.self, body),
                intent.id == reference, question.matches(intent)
            else { return .unknown(reason: "Stripe's \(reference) is another charge") }
            return .found(intent)
        case .declined(let reason), .refused(let reason), .notTaken(let reason),
            .notSent(let reason), .noAnswer(let reason):
            return .unknown(reason: reason)
        }
    }

    private func search(for question: StripeQuestion) async -> LookUp {
        var found: [StripeIntent] = []
        var query = question.listQuery
        for _ in 0..<Self.pageCountMax {
            let page: StripeIntent.Page
            switch await client.get("/v1/payment_intents", query) {
            case .done(let body):
                guard let read = StripeIntent.decode(StripeIntent.Page.self, body) else {
                    return .unknown(reason: "Stripe's list cannot be read")
                }
                page = read
            case .declined(let reason), .refused(let reason), .notTaken(let reason),
                .notSent(let reason), .noAnswer(let reason):
                return .unknown(reason: reason)
            }
            found += page.data.filter(question.owns)
            guard page.hasMore, let last = page.data.last else { return Self.one(found, question) }
            query = question.listQuery
            query.add("starting_after", last.id)
        }
        return .unknown(reason: "Stripe has too many payments since then to search")
    }

    /// The one intent that counts among those of a key. Two that took money are never passed over.
    private static func one(_ found: [StripeIntent], _ question: StripeQuestion) -> LookUp {
        guard found.allSatisfy(question.matches) else {
            return .unknown(reason: "Stripe has another amount under this key")
        }
        let taken = found.filter { $0.standing == .taken }
        guard taken.count <= 1 else {
            let names = taken.map(\.id).joined(separator: ", ")
            return .unknown(reason: "charged more than once: \(names)")
        }
        return (taken.first ?? found.first).map(LookUp.found) ?? .none
    }
}
