// SPDX-License-Identifier: MIT

import Orders
import Testing

@testable import Notification

@Suite struct RecipientLaneTests {
    private let pause = Duration.seconds(30)
    private let now = MeshInstant(milliseconds: 1_764_119_328_000)
    private let countMax = RecipientLane<Int>.underWayCountMax

    /// So many under way, and three in line: 100, 101, 102.
    private func full() -> RecipientLane<Int> {
        var lane = RecipientLane<Int>(pause: pause)
        for call in 0..<countMax {
            #expect(lane.offer(call, at: now) == .start(isProbe: false))
        }
        for call in 100..<103 { #expect(lane.offer(call, at: now) == .wait) }
        return lane
    }

    @Test func `a call that ends makes room for the next in line that is still wanted`() {
        var lane = full()
        let next = lane.ended(.succeeded, asProbe: false, at: now) { $0 != 100 }
        #expect(next.start == 101)
        #expect(next.leftAlone.isEmpty)
        #expect(lane.offer(103, at: now) == .wait)
    }

    @Test func `when the breaker opens, those in line are left alone`() {
        var lane = full()
        var started: [Int] = []
        for _ in 1..<EndpointBreaker.failureCountMax {
            let next = lane.ended(.failed, asProbe: false, at: now) { _ in true }
            if let start = next.start { started.append(start) }
            #expect(next.change == nil)
        }
        #expect(started == [100, 101, 102])
        #expect(lane.offer(104, at: now) == .wait || started.count < 4)
        let last = lane.ended(.failed, asProbe: false, at: now) { _ in true }
        #expect(last.change == .opened(pause: pause))
        #expect(last.start == nil)
        #expect(lane.offer(105, at: now) == .leaveAlone(pause))
    }

    @Test func `only a lane that has nothing to remember is idle`() {
        var lane = RecipientLane<Int>(pause: pause)
        #expect(lane.isIdle)
        _ = lane.offer(1, at: now)
        #expect(!lane.isIdle)
        _ = lane.ended(.failed, asProbe: false, at: now) { _ in true }
        #expect(!lane.isIdle)
        _ = lane.offer(2, at: now)
        _ = lane.ended(.succeeded, asProbe: false, at: now) { _ in true }
        #expect(lane.isIdle)
    }

    @Test func `a reason of ours counts neither way`() {
        var lane = RecipientLane<Int>(pause: pause)
        for call in 0..<EndpointBreaker.failureCountMax * 2 {
            #expect(lane.offer(call, at: now) == .start(isProbe: false))
            _ = lane.ended(.neither, asProbe: false, at: now) { _ in true }
        }
        #expect(lane.isIdle)
    }
}
