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
        for link in ChaosLink.all { #expect(victims.contains(link.description)) }
        for disk in ChaosDisk.allCases { #expect(victims.contains("disk of \(disk)")) }
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
