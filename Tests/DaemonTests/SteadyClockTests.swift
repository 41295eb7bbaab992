// SPDX-License-Identifier: MIT
import Daemon
import Orders
import Testing

/// The limiter's clock. That steps of the wall clock neither mint tokens nor starve anybody over whole
/// lives is shown by the model, `LimiterLifeTests`.
@Suite struct SteadyClockTests {
    private let wall = MeshInstant(nanoseconds: 1_790_000_000_000_000_000)
    private static let steps: [Duration] = [
        .seconds(-7_200), .seconds(-1), .zero, .seconds(86_400),
    ]

    @Test(arguments: steps)
    func `a wall clock that is stepped between two runs of one boot is not followed`(
        step: Duration
    ) {
        let first = SteadyClock(wall: wall, boot: "one")
        let origin = SteadyClock.Origin(boot: "one", offset: first.offset)
        let second = SteadyClock(wall: wall + step, boot: "one", resuming: origin)
        #expect(second.offset == first.offset)
        let earlier = first.now()
        #expect(second.now() >= earlier)
    }

    @Test(arguments: steps)
    func `after a boot there is nothing to go by but the wall clock`(step: Duration) {
        let origin = SteadyClock.Origin(boot: "one", offset: 1)
        for boot in ["two", ""] {
            let offset = SteadyClock.offset(
                wall: wall + step, sinceBoot: 5_000, boot: boot, resuming: origin)
            #expect(offset == (wall + step).nanoseconds - 5_000)
        }
        // A boot that cannot be told from another is another.
        let nameless = SteadyClock.Origin(boot: "", offset: 1)
        #expect(
            SteadyClock.offset(wall: wall, sinceBoot: 0, boot: "", resuming: nameless)
                == wall.nanoseconds)
    }
}
