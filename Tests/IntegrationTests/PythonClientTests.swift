// SPDX-License-Identifier: MIT
import SecureTransport
import TestSupport
import Testing

/// The client that was written from the pages of `protocol/` alone, against the built daemons.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PythonClientTests {
    @Test func `an order placed from Python is fulfilled, and its key makes no second one`()
        async throws
    {
        let mesh = try await MeshProcess.start()
        let stock = try mesh.meshctl(["stock", "receive", "sku-1", "10"])
        #expect(await stock.end() == 0, "\(stock.lines)")
        let acme = try client(of: mesh, "ingestd", as: "tenant-acme")

        let first = try await place(acme, "2", wait: true)
        #expect(first.status == 0, "\(first.words)")
        let placed = try #require(first.objects.first)
        #expect(placed["replayed"] as? Bool == false)
        let statuses = first.objects.dropFirst().map { $0["status"] as? String }
        #expect(statuses == ["accepted", "reserved", "charging", "charged", "fulfilled"])

        let second = try await place(acme, "2", wait: false)
        #expect(second.status == 0, "\(second.words)")
        #expect(second.objects.first?["replayed"] as? Bool == true)
        #expect(second.objects.first?["order"] as? String == placed["order"] as? String)

        let other = try await place(acme, "3", wait: false)
        #expect(other.status == 1 && other.objects.isEmpty)
        #expect(other.words.last?.hasPrefix("key_conflict (not_applied)") == true)
        #expect(try await mesh.stop() == 0)
    }

    @Test func `a server that is somebody else is told nothing, and the limiter answers`()
        async throws
    {
        let mesh = try await MeshProcess.start()
        let misled = try client(of: mesh, "brokerd", as: "tenant-acme")
        let refused = try await place(misled, "2", wait: false)
        #expect(refused.status == 1)
        #expect(refused.words.last?.contains("service/brokerd, not ingestd") == true)

        let limiter = try client(of: mesh, "ratelimitd", as: "operator")
        let taken = try await limiter.run("take", "--tenant", "acme", "--cost", "3")
        #expect(taken.objects.first?["granted"] as? Bool == true, "\(taken)")
        #expect(try await mesh.stop() == 0)
    }

    @Test func `what Python publishes once and again is delivered once, compressed or not`()
        async throws
    {
        let certificates = try TestCertificates()
        _ = try certificates.files(.service("brokerd"))
        let broker = try await DaemonProcess.start(
            "brokerd",
            environment: [
                "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0",
                "MESH_TLS_DIR": certificates.directory,
                "MESH_DATA_DIR": certificates.directory + "/data", "MESH_QUEUES": "payment",
            ])
        let client = PythonClient(
            port: broker.port("mesh"), files: try certificates.files(.operator("alice")))
        let ids = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"]
        let bodies = ["short", String(repeating: "long and alike. ", count: 500)]
        for (id, body) in zip(ids, bodies) {
            for isRepeat in [false, true] {
                let answer = try await client.run("publish", "payment", "--id", id, "--body", body)
                #expect(answer.status == 0, "\(answer.words)")
                #expect(answer.objects.first?["duplicate"] as? Bool == isRepeat)
            }
        }
        let deliveries = try await client.run("consume", "payment", "--count", "2")
        #expect(deliveries.status == 0, "\(deliveries.words)")
        let messages = deliveries.objects.compactMap { $0["message"] as? [String: Any] }
        #expect(messages.map { $0["id"] as? String } == ids)
        #expect(
            messages.map { $0["body"] as? String }
                == bodies.map { $0.utf8.map { String($0, radix: 16) }.joined() })
        let nothing = try await client.run("publish", "nowhere", "--body", "")
        #expect(nothing.words.last?.hasPrefix("unknown_queue (not_applied)") == true)
        #expect(await broker.end() == 0)
    }

    private func client(
        of mesh: MeshProcess, _ daemon: String, as identity: String
    ) throws -> PythonClient {
        PythonClient(
            port: try mesh.port(of: daemon),
            files: TLSFiles(directory: try mesh.certificates, name: identity))
    }

    private func place(
        _ client: PythonClient, _ quantity: String, wait: Bool
    ) async throws -> (status: Int32, objects: [[String: Any]], words: [String]) {
        try await client.run(
            "place", "--customer", "cust-1", "--item", "sku-1:\(quantity):1995",
            "--idempotency-key", "python-1", wait ? "--wait" : "--currency=USD")
    }
}
