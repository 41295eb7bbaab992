// SPDX-License-Identifier: MIT

import NIOCore
import Testing
import Wire

@testable import Sessions

@Suite struct CallTableTests {
    @Test func `a correlation finds its call once, and never the slot's next`() {
        var table = CallTable()
        let first = table.insert(deadline: .distantFuture) { _ in }
        #expect(first != 0)
        let found = [table.remove(first), table.remove(first)].map { $0 != nil }
        #expect(found == [true, false])
        let second = table.insert(deadline: .distantFuture) { _ in }
        #expect(second != first)
        let stale = table.remove(first)
        #expect(stale == nil)
        #expect(table.count == 1)
    }

    @Test func `an abandoned call is in flight until its answer comes`() {
        var table = CallTable()
        let call = table.insert(deadline: .distantFuture) { _ in }
        let completions = [table.abandon(call), table.abandon(call)].map { $0 != nil }
        #expect(completions == [true, false])
        #expect((table.count, table.inFlightCount) == (0, 1))
        let answered = table.remove(call)
        #expect(answered == nil)
        #expect((table.count, table.inFlightCount) == (0, 0))
        let next = table.insert(deadline: .distantFuture) { _ in }
        let repeated = table.remove(call)
        #expect(repeated == nil)
        #expect(next != call)
        #expect(table.inFlightCount == 1)
    }

    @Test(arguments: [0, 1, UInt64.max, 1 << 32])
    func `a correlation that was never given out finds nothing`(_ correlation: UInt64) {
        var table = CallTable()
        let inEmpty = table.remove(correlation)
        _ = table.insert(deadline: .distantFuture) { _ in }
        let inFilled = table.remove(correlation)
        #expect(inEmpty == nil)
        #expect(inFilled == nil)
    }

    @Test func `only calls whose deadline has come expire`() {
        var table = CallTable()
        let early = table.insert(deadline: .uptimeNanoseconds(10)) { _ in }
        let late = table.insert(deadline: .uptimeNanoseconds(20)) { _ in }
        #expect(table.earliestDeadline == .uptimeNanoseconds(10))
        let expired = table.abandonExpired(at: .uptimeNanoseconds(10)).map(\.correlation)
        #expect(expired == [early])
        #expect(table.earliestDeadline == .uptimeNanoseconds(20))
        let rest = table.remove(late)
        #expect(rest != nil)
    }
}
