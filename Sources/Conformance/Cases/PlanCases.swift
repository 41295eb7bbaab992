// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// L-8: plans, and who may set them.
enum PlanCases {
    static let all: [ConformanceCase] = rights + bounds + force

    private static let rights: [ConformanceCase] = [
        .limiter("L-8.1", "nobody but operators sets a plan") { trial in
            let plan = trial.plan(burst: 10)
            for visitor: Visitor in [.stage, .ingest, .tenant] {
                let peer = try await trial.peer(as: visitor)
                try await peer.refusal(of: trial.change(to: plan), .notPermitted)
            }
        },
        .limiter("L-8.2", "a tenant looks at its own limit and plan, and at no other") { trial in
            let peer = try await trial.peer(as: .tenant)
            let own = Visitor.tenantName
            _ = try await peer.call(GetPlan(tenant: own), Plan.self)
            _ = try await peer.call(Take(takes: [trial.request(own, 0)]), Taken.self)
            let other = trial.makeName()
            let requests: [any WireMessage] = [
                GetPlan(tenant: other), Take(takes: [trial.request(other, 0)]),
                Take(takes: [trial.request(own, 1)]),
            ]
            for request in requests { try await peer.refusal(of: request, .notPermitted) }
        },
        .limiter("L-8.3", "a stage takes nothing") { trial in
            let peer = try await trial.peer(as: .stage)
            let take = Take(takes: [trial.request(trial.makeName(), 1)])
            try await peer.refusal(of: take, .notPermitted)
        },
        .limiter("L-8.4", "ingestd takes and reads plans") { trial in
            let tenant = try await trial.setPlan(trial.plan(burst: 10))
            let peer = try await trial.peer(as: .ingest)
            try await trial.grant(tenant, 1, by: peer)
            _ = try await peer.call(GetPlan(tenant: tenant), Plan.self)
        },
    ]

    private static let bounds: [ConformanceCase] = [
        .limiter("L-8.5", "a rate or burst out of range is refused") { trial in
            for (rate, burst) in [(0, 1), (1, 0), (10_000_001, 1), (1, 10_000_001)] {
                try await refuse(trial, trial.plan(rate: UInt32(rate), burst: UInt32(burst)))
            }
        },
        .limiter("L-8.6", "more concurrency than there may be, and any of all tenants, is refused")
        {
            trial in
            try await refuse(
                trial, trial.plan(burst: 1, concurrency: UInt32(WireLimits.concurrencyMax + 1)))
            try await refuse(
                trial, trial.plan(rate: 10_000_000, burst: 10_000_000, concurrency: 1, of: "*"))
        },
    ]

    private static let force: [ConformanceCase] = [
        .limiter("L-8.7", "a plan is in force within a second, in every session") { trial in
            let tenant = trial.makeName()
            let other = try await trial.peer()
            _ = try await other.call(GetPlan(tenant: tenant), Plan.self)
            let plan = trial.plan(rate: 3, burst: 33, of: tenant)
            _ = try await trial.desk().call(trial.change(to: plan), Plan.self)
            let end = ContinuousClock.now + .seconds(1)
            while true {
                let begin = ContinuousClock.now
                let decision = try await trial.take(tenant, 0, by: other)
                if decision.limit == 33 { break }
                try require(begin < end, "limit 33", seen: "limit \(decision.limit)")
                try await Task.sleep(for: .milliseconds(20))
            }
        },
        .limiter("L-8.8", "all of a plan is set, and told") { trial in
            var plan = trial.plan(rate: 7, burst: 9)
            plan.weight = 3
            plan.depthMax = 500
            try await trial.setPlan(plan)
            plan.weight = 2
            plan.depthMax = 0
            try await trial.setPlan(plan)
        },
        .limiter("L-8.9", "plans are listed by the names of their tenants") { trial in
            let tenants = [
                try await trial.setPlan(trial.plan(burst: 5)),
                try await trial.setPlan(trial.plan(burst: 6)),
            ]
            var after = ""
            var names: [String] = []
            while true {
                let page = try await trial.desk().call(ListPlans(after: after), Plans.self).plans
                guard let last = page.last else { break }
                names += page.map(\.tenant)
                after = last.tenant
            }
            let isSorted = zip(names, names.dropFirst()).allSatisfy {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
            try require(isSorted, "names in order, each once", seen: "\(names)")
            try require(
                tenants.allSatisfy(names.contains), "\(tenants) among them", seen: "\(names)")
        },
    ]

    private static func refuse(_ trial: Trial, _ plan: RatePlan) async throws {
        try await trial.desk().refusal(of: trial.change(to: plan), .badPlan)
    }
}
