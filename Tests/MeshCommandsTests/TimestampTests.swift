// SPDX-License-Identifier: MIT
import Foundation
import Testing

@testable import MeshCommands

@Suite struct TimestampTests {
    @Test func `times are UTC to the millisecond`() {
        #expect(Timestamp.text(1_795_618_498_285) == "2026-11-25T14:54:58.285Z")
        let date = Date(timeIntervalSince1970: 1_795_618_498.285)
        #expect(Timestamp.text(date) == "2026-11-25T14:54:58.285Z")
    }

    @Test func `what lies before the epoch is shown as the epoch`() {
        #expect(Timestamp.text(Date(timeIntervalSince1970: -5)) == "1970-01-01T00:00:00.000Z")
    }
}
