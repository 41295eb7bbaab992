// SPDX-License-Identifier: MIT
import Daemon
import Foundation
import Orders
import Testing

@testable import Broker

/// The broker's clock from one run to the next.
@Suite struct BrokerClockTests {
    private let wall = MeshInstant(milliseconds: 1_800_000_000_000)

    @Test(arguments: [Duration.seconds(-7_200), .zero, .seconds(86_400)])
    func `a step of the wall clock between two runs is not followed`(step: Duration) throws {
        try Self.withDirectory { directory in
            let first = try BrokerClock.resumed(in: directory, wall: wall)
            let second = try BrokerClock.resumed(in: directory, wall: wall + step)
            #expect(second.offset == first.offset)
        }
    }

    @Test func `what is written down already is not written again`() throws {
        try Self.withDirectory { directory in
            let path = directory + "/" + BrokerClock.fileName
            _ = try BrokerClock.resumed(in: directory, wall: wall)
            let before = try FileManager.default.attributesOfItem(atPath: path)
            _ = try BrokerClock.resumed(in: directory, wall: wall + .seconds(60))
            let after = try FileManager.default.attributesOfItem(atPath: path)
            // Written anew it would be another file under the old name.
            #expect(
                before[.systemFileNumber] as? UInt64 == after[.systemFileNumber] as? UInt64
                    && before[.systemFileNumber] is UInt64)
        }
    }

    @Test(arguments: ["", "boot", "one two three", "boot 12x"])
    func `a file that says nothing of use is as none`(text: String) throws {
        #expect(BrokerClock.origin(Data(text.utf8)) == nil)
        try Self.withDirectory { directory in
            let file = URL(filePath: directory).appending(path: BrokerClock.fileName)
            try Data(text.utf8).write(to: file)
            let clock = try BrokerClock.resumed(in: directory, wall: wall)
            #expect(clock.now() >= wall && clock.now() < wall + .seconds(3_600))
        }
    }

    @Test func `another boot's clock is not resumed`() throws {
        try Self.withDirectory { directory in
            let file = URL(filePath: directory).appending(path: BrokerClock.fileName)
            try Data("another 0\n".utf8).write(to: file)
            let clock = try BrokerClock.resumed(in: directory, wall: wall)
            #expect(clock.now() >= wall)
        }
    }

    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.path + "/clock-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }
}
