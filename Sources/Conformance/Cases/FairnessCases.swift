// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// B-8, B-19, B-23: who goes first.
enum FairnessCases {
    static let all: [ConformanceCase] = [
        .broker("B-8.1", "what undoes goes before what is new") { trial in
            let queue = try await trial.queue()
            try await trial.publish(trial.envelopes(20), to: queue)
            let undo = trial.envelope { $0.priority = .compensation }
            _ = try await trial.publish(undo, to: queue)
            let consumer = try await trial.consumer(of: queue, credit: 1)
            let first = try await consumer.next()
            try require(
                first.message.id == undo.id, "the compensation first",
                seen: "a message of priority \(first.message.priority) first")
        },
        .broker("B-19.1", "tenants are served in turns of 16, whatever each has waiting") { trial in
            let queue = try await trial.queue()
            let (busy, quiet) = (trial.makeName(), trial.makeName())
            try await trial.publish(trial.envelopes(100) { $0.tenant = busy }, to: queue)
            try await trial.publish(trial.envelopes(16) { $0.tenant = quiet }, to: queue)
            let served = try await serve(trial, queue, 64)
            try requireEqual(served.prefix(32).count { $0 == quiet }, 16, "of 32 for the other:")
        },
        .broker("B-19.2", "a tenant's turn is as long as its weight says") { trial in
            let queue = try await trial.queue()
            let (heavy, light) = (trial.makeName(), trial.makeName())
            try await trial.setWeights([TenantWeight(tenant: heavy, weight: 3)])
            try await trial.publish(trial.envelopes(100) { $0.tenant = heavy }, to: queue)
            try await trial.publish(trial.envelopes(100) { $0.tenant = light }, to: queue)
            let served = try await serve(trial, queue, 128)
            try requireEqual(served.count { $0 == heavy }, 96, "of 128 for weight 3 beside 1:")
            try await trial.setWeights([TenantWeight(tenant: heavy, weight: 1)])
        },
        .broker("B-19.3", "who is alone gets everything") { trial in
            let queue = try await trial.queue()
            let tenant = trial.makeName()
            try await trial.publish(trial.envelopes(100) { $0.tenant = tenant }, to: queue)
            let served = try await serve(trial, queue, 100)
            try requireEqual(served.count { $0 == tenant }, 100, "deliveries:")
        },
        .broker("B-23.1", "weights are set, and told") { trial in
            let tenants = [trial.makeName(), trial.makeName()]
            let weights = tenants.enumerated().map { index, tenant in
                TenantWeight(tenant: tenant, weight: UInt32(index + 2))
            }
            try await trial.setWeights(weights)
            let told = try await trial.weights(of: tenants)
            try requireEqual(told, weights, "weights")
            try await trial.setWeights(tenants.map { TenantWeight(tenant: $0, weight: 1) })
            try requireEqual(try await trial.weights(of: tenants), [], "weights")
        },
        .broker("B-23.2", "one weight out of range, and none is set") { trial in
            let tenant = trial.makeName()
            for wrong: UInt32 in [0, 1_001] {
                let weights = [
                    TenantWeight(tenant: tenant, weight: 5),
                    TenantWeight(tenant: trial.makeName(), weight: wrong),
                ]
                try await trial.desk().refusal(
                    of: SetWeights(weights: weights, who: trial.who, why: "to be refused"),
                    .badMessage)
                try requireEqual(try await trial.weights(of: [tenant]), [], "weights")
            }
        },
    ]

    /// The tenants in the order in which they are served, one message after the other.
    private static func serve(
        _ trial: Trial, _ queue: String, _ count: Int
    ) async throws -> [String] {
        let consumer = try await trial.consumer(of: queue, credit: UInt32(count))
        return try await consumer.next(count).map(\.message.tenant)
    }
}

extension Trial {
    func setWeights(_ weights: [TenantWeight]) async throws {
        _ = try await desk().call(
            SetWeights(weights: weights, who: who, why: "to try the server"), Weights.self)
    }

    /// The weights in force, of those tenants that have not the usual one.
    func weights(of tenants: [String]) async throws -> [TenantWeight] {
        try await desk().call(GetWeights(), Weights.self).weights
            .filter { tenants.contains($0.tenant) }
    }
}
