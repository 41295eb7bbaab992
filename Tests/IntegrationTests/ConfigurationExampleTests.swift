// SPDX-License-Identifier: MIT

import Foundation
import SecureTransport
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

    @Test(arguments: daemons)
    func `a daemon without its certificate ends with status 78 and names the file`(
        daemon: String
    ) throws {
        let absent = FileManager.default.temporaryDirectory.path + "/absent-" + UUID().uuidString
        let (status, output) = try Self.start(daemon, directory: absent)
        #expect(status == 78, "\(output)")
        #expect(output.contains("tls: reading \(absent)/\(daemon).pem: No such file"))
    }

    @Test(arguments: daemons)
    func `a daemon whose key is none, or another's, ends with status 78 and names the file`(
        daemon: String
    ) throws {
        let files = try TestCertificates.shared.get().files(.service(daemon))
        let other = try TestCertificates.shared.get().files(.service("other"))
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "keys-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true)
        for (source, name) in [(files.certificate, "\(daemon).pem"), (files.trustRoots, "ca.pem")] {
            try FileManager.default.copyItem(
                at: URL(filePath: source), to: directory.appending(path: name))
        }
        let key = directory.appending(path: "\(daemon).key")
        for bytes in [Data("no key".utf8), try Data(contentsOf: URL(filePath: other.privateKey))] {
            try bytes.write(to: key)
            let (status, output) = try Self.start(daemon, directory: directory.path)
            #expect(status == 78, "\(output)")
            #expect(output.contains("tls: reading \(key.path): "))
        }
    }

    /// Starts a daemon that is to end by itself.
    private static func start(
        _ daemon: String, directory: String
    ) throws -> (status: Int32, output: String) {
        try run(
            daemon, "deploy/config/\(daemon).json", "--set", "tls.dir=\(directory)",
            isPrinting: false)
    }

    private static func run(
        _ daemon: String, _ file: String, _ further: String..., isPrinting: Bool = true
    ) throws -> (status: Int32, output: String) {
        try DaemonProcess.runToEnd(
            daemon, ["--config", file] + (isPrinting ? ["--print-config"] : []) + further)
    }
}
