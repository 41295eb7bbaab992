// SPDX-License-Identifier: MIT
import ArgumentParser
import ServiceClients
import Wire

/// `meshctl limit set`: changes a tenant's plan; in force within a second.
struct LimitSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a tenant's plan; what is not named stays as it is.")

    /// The words for `AwayPolicy`.
    enum WhenAway: String, CaseIterable, ExpressibleByArgument {
        case refuse
        case allow

        var policy: AwayPolicy {
            switch self {
            case .refuse: .refuse
            case .allow: .allow
            }
        }
    }

    @Argument(help: "The tenant; '*' for all together, 'default' for those without a plan.")
    var tenant: String

    @Option(help: "Tokens a second.")
    var rate: UInt32?

    @Option(help: "Size of the bucket.")
    var burst: UInt32?

    @Option(help: "Share among tenants.")
    var weight: UInt32?

    @Option(help: "Most messages waiting, 0: no limit.")
    var depth: UInt64?

    @Option(help: "Most requests in progress at once, 0: no limit.")
    var concurrency: UInt32?

    @Flag(inversion: .prefixedNo, help: "Decide and count, but refuse nothing.")
    var shadow: Bool?

    @Option(help: "What becomes of takes while the limiter's database is away.")
    var whenAway: WhenAway?

    @OptionGroup var act: ActOptions
    @OptionGroup var mesh: MeshOptions

    func validate() throws {
        guard (concurrency ?? 0) <= UInt32(WireLimits.concurrencyMax) else {
            throw ValidationError("--concurrency is at most \(WireLimits.concurrencyMax)")
        }
    }

    func run() async throws {
        let (tenant, act, change) = (tenant, act, change)
        let plan = try await mesh.withLimiter { limiter in
            try await limiter.setPlan(
                change(try await limiter.plan(of: tenant)), by: act.who, because: act.why)
        }
        print(PlanText.describe(plan))
    }

    /// What was not named stays as it is in the plan given.
    var change: @Sendable (RatePlan) -> RatePlan {
        let whenAway = whenAway?.policy
        return { [tenant, rate, burst, weight, depth, concurrency, shadow] old in
            // Where `*` has no plan yet, what is read is the one called `default`.
            let concurrencyThen = tenant == "*" ? 0 : old.concurrency
            return RatePlan(
                tenant: tenant, ratePerSecond: rate ?? old.ratePerSecond,
                burst: burst ?? old.burst, weight: weight ?? old.weight,
                depthMax: depth ?? old.depthMax, concurrency: concurrency ?? concurrencyThen,
                shadow: shadow ?? old.shadow, whenAway: whenAway ?? old.whenAway)
        }
    }
}
