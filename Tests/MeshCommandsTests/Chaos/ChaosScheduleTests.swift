// SPDX-License-Identifier: MIT
import Testing

@testable import MeshCommands

@Suite struct ChaosScheduleTests {
    private let hour = ChaosSchedule(seed: 1, length: .seconds(3600))

    @Test func `the same seed has the same go wrong, another seed something else`() {
        #expect(ChaosSchedule(seed: 1, length: .seconds(3600)) == hour)
        #expect(ChaosSchedule(seed: 2, length: .seconds(3600)) != hour)
    }

    @Test func `a longer run begins like a shorter one`() {
        let short = ChaosSchedule(seed: 1, length: .seconds(60))
        #expect(!short.entries.isEmpty)
        #expect(Array(hour.entries.prefix(short.entries.count)) == short.entries)
    }

    @Test func `an hour has faults of every kind, to every daemon and every way`() {
        let kinds = Set(hour.entries.map(\.fault.kind))
        #expect(
            kinds == [
                "kill", "stop", "kill database", "stop database", "kill backend", "stop backend",
                "kill all", "network cut", "network stalled", "network one way",
                "network answers lost", "network slow", "full disk", "clock step", "receiver away",
            ])
        let victims = Set(hour.entries.map(\.fault.victim))
        for daemon in ChaosMesh.daemons { #expect(victims.contains(daemon.rawValue)) }
        for link in ChaosLink.all(.ledger) { #expect(victims.contains(link.description)) }
        for disk in ChaosDisk.allCases { #expect(victims.contains("disk of \(disk)")) }
    }

    @Test func `with Stripe it is cut off, slow, stopped, and not heard above all`() {
        let schedule = ChaosSchedule(seed: 1, length: .seconds(3600), provider: .stripe)
        let faults = schedule.entries.map(\.fault)
        let ways = faults.filter { $0.victim == ChaosLink.paymentToStripe.description }
        #expect(
            Set(ways.map(\.kind)) == [
                "network cut", "network stalled", "network one way", "network answers lost",
                "network slow",
            ])
        #expect(ways.count { $0.kind == "network answers lost" } > ways.count / 3)
        #expect(faults.contains { $0.victim == ChaosLink.stripeToPayment.description })
        #expect(faults.contains(.stopProvider))
        let kinds = Set(faults.map(\.kind))
        #expect(kinds.isSuperset(of: hour.entries.map(\.fault.kind)))
        #expect(!hour.entries.contains { $0.fault.victim.contains("stripe") })
    }

    @Test func `nothing happens to one victim while another thing does`() {
        var free: [String: Duration] = [:]
        for entry in hour.entries {
            let since = free[entry.fault.victim] ?? .zero
            #expect(entry.at >= since, "\(entry)")
            free[entry.fault.victim] = entry.at + entry.lasting
        }
    }

    @Test func `some stops outlive a lease, most do not, and nothing begins too late`() {
        let stops = hour.entries.filter { $0.fault.kind == "stop" }
        let long = stops.count { $0.lasting > .seconds(5) }
        #expect(long > 0 && long < stops.count / 2)
        #expect(hour.entries.allSatisfy { $0.at < .seconds(3600) })
        #expect(hour.entries.allSatisfy { $0.fault.isMomentary == ($0.lasting == .zero) })
    }
}
