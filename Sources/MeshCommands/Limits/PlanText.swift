// SPDX-License-Identifier: MIT
import Wire

/// Plans in words.
enum PlanText {
    /// Rate and bucket, then share and room, in two lines.
    static func describe(_ plan: RatePlan) -> String {
        """
        tenant \(plan.tenant): \(plan.ratePerSecond) a second, burst \(plan.burst)
        weight \(plan.weight), queue depth \(limit(plan.depthMax))
        """
    }

    /// The database knows no number without end: its largest stands for none.
    private static func limit(_ depth: UInt64) -> String {
        depth == 0 || depth >= UInt64(Int64.max) ? "unlimited" : "at most \(depth)"
    }
}
