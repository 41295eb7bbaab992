// SPDX-License-Identifier: MIT
import Wire

/// Plans in words.
enum PlanText {
    /// Rate and bucket; share and room; how far it refuses. Three lines.
    static func describe(_ plan: RatePlan) -> String {
        """
        tenant \(plan.tenant): \(plan.ratePerSecond) a second, burst \(plan.burst)
        weight \(plan.weight), queue depth \(limit(plan.depthMax)), \(atOnce(plan)) at once
        \(plan.shadow ? "tried out: refuses nothing" : "in force"), while its database is away: \
        \(plan.whenAway)
        """
    }

    /// What looks at a tenant's bucket and, behind it, at its slots say; one line each.
    static func describe(_ looks: [Decision]) -> [String] {
        looks.enumerated().compactMap { index, look in
            if look.scope == .concurrency {
                let count = look.limit - min(look.remaining, look.limit)
                return "in progress \(count) of \(look.limit)"
            }
            // Without a limit the look at the slots sees the bucket again.
            guard index == 0 else { return nil }
            let full = Double(look.resetMilliseconds) / 1000
            return "left \(look.remaining) of \(look.limit); full in \(full) s"
        }
    }

    /// One line for each plan, below a head.
    static func table(_ plans: [RatePlan]) -> String {
        var table = TextTable(
            "TENANT", "RATE", "BURST", "WEIGHT", "DEPTH", "AT ONCE", "SHADOW", "WHEN AWAY")
        for plan in plans {
            table.add(
                plan.tenant, plan.ratePerSecond, plan.burst, plan.weight, limit(plan.depthMax),
                plan.concurrency == 0 ? "unlimited" : "\(plan.concurrency)",
                plan.shadow ? "yes" : "no", "\(plan.whenAway)")
        }
        return table.text
    }

    private static func atOnce(_ plan: RatePlan) -> String {
        plan.concurrency == 0 ? "any number" : "at most \(plan.concurrency)"
    }

    /// The database knows no number without end: its largest stands for none.
    private static func limit(_ depth: UInt64) -> String {
        depth == 0 || depth >= UInt64(Int64.max) ? "unlimited" : "at most \(depth)"
    }
}
