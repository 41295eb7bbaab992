// SPDX-License-Identifier: MIT

import Testing

@testable import Notification

@Suite struct RetryScheduleTests {
    private let schedule = RetrySchedule.recommended

    @Test func `the waits are those that Standard Webhooks recommends, then none`() {
        let waits = (1...8).map { schedule.wait(afterFailed: $0, random: 0) }
        let seconds: [Int64?] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000, nil]
        #expect(waits.map { $0?.components.seconds } == seconds)
    }

    @Test func `chance adds up to a fifth`() {
        #expect(schedule.wait(afterFailed: 2, random: .max) == .seconds(360))
    }

    @Test func `what the receiver asks for counts when it is longer`() {
        #expect(
            schedule.wait(afterFailed: 1, asked: .seconds(60), random: 0) == .seconds(60))
        #expect(
            schedule.wait(afterFailed: 3, asked: .seconds(60), random: 0) == .seconds(1_800))
    }
}
