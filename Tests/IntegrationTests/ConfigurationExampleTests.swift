// SPDX-License-Identifier: MIT

import Foundation
import TestSupport
import Testing

/// The configuration files of `deploy/config`, each given to its daemon.
@Suite struct ConfigurationExampleTests {
    private static let daemons = [
        "ingestd", "inventoryd", "paymentd", "fulfillmentd", "notificationd", "brokerd",
        "ratelimitd", "bridged",
    ]

    @Test(arguments: daemons)
    func `a daemon accepts its example and shows no secret of it`(daemon: String) throws {
        let (status, output) = try Self.run(daemon, "deploy/config/\(daemon).json")
        #expect(status == 0, "\(output)")
        #expect(output.contains(#""dir" : "/etc/order-mesh/certs""#))
        #expect(!output.contains("/run/postgresql"))
    }

    @Test(arguments: daemons)
    func `a daemon refuses a key that it does not know, by name`(daemon: String) throws {
        let (status, output) = try Self.run(
            daemon, "deploy/config/\(daemon).json", "--set", "listen.prot=1")
        #expect(status == 78)
        #expect(output.contains("\(daemon): listen.prot: is not a key of \(daemon)"))
    }

    private static func run(
        _ daemon: String, _ file: String, _ further: String...
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = DaemonProcess.buildDirectory.appending(path: daemon)
        process.currentDirectoryURL = URL(filePath: SourceTree.path(of: ""))
        process.arguments = ["--config", file, "--print-config"] + further
        process.environment = [:]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
