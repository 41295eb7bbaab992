// SPDX-License-Identifier: MIT
import Foundation
import HTTPCalls
import SecureTransport
import TestSupport
import Testing

/// The built fulfillmentd on a disk of its own that is full when it starts, for which the test must run as
/// root: a daemon that ends there is started over and over, and says nothing to whoever asks for its health.
@Suite(.serialized, .enabled(if: getuid() == 0), .timeLimit(.minutes(2)))
struct ReceiptDiskTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/full-\(UUID())"
    private let caller = HTTPCaller()

    private func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-euc", script]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script)")
    }

    private func makeFullDisk() throws {
        try shell(
            """
            mkdir \(directory)
            truncate -s 8M \(directory).image
            mkfs.ext4 -q -m 0 -b 4096 \(directory).image
            mount -o loop \(directory).image \(directory)
            dd if=/dev/zero of=\(directory)/ballast bs=4096 2>/dev/null || true
            test "$(df --output=avail \(directory) | tail -1)" -eq 0
            """)
    }

    private func start() async throws -> DaemonProcess {
        let certificates = try TestCertificates()
        _ = try certificates.files(.service("fulfillmentd"))
        return try await DaemonProcess.start(
            "fulfillmentd",
            environment: [
                "MESH_ADMIN_PORT": "0", "MESH_TLS_DIR": certificates.directory,
                "MESH_POSTGRES_CONNINFO": try PrivatePostgres.make().connectionInfo,
                // Nobody is there: this is about the disk.
                "MESH_BROKER_PORT": "1", "MESH_RECEIPTS_DIR": directory,
            ], listeners: ["admin"])
    }

    private struct Check: Decodable, Equatable {
        let ready: Bool
        let reason: String
    }

    private func receiptsCheck(_ daemon: DaemonProcess) async throws -> Check? {
        struct Health: Decodable { let checks: [String: Check] }
        let response = try await caller.perform(
            HTTPRequest(url: "http://127.0.0.1:\(daemon.port("admin"))/readyz"))
        return try JSONDecoder().decode(Health.self, from: Data(response.body)).checks["receipts"]
    }

    @Test func `a disk that is full at the start is waited for, and named in its health`()
        async throws
    {
        try makeFullDisk()
        defer { try? shell("umount --lazy \(directory); rm -r \(directory) \(directory).image") }
        let daemon = try await start()
        let full = try await receiptsCheck(daemon)
        #expect(full?.ready == false)
        #expect(full?.reason.contains("No space left on device") == true, "\(full?.reason ?? "")")
        #expect(!FileManager.default.fileExists(atPath: directory + "/.synced"))

        try FileManager.default.removeItem(atPath: directory + "/ballast")
        let deadline = ContinuousClock.now + .seconds(60)
        while try await receiptsCheck(daemon)?.ready != true {
            try #require(.now < deadline, "\(daemon.lastLines)")
        }
        #expect(FileManager.default.fileExists(atPath: directory + "/.synced"))
        #expect(await daemon.end() == 0)
    }
}
