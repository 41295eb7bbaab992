// SPDX-License-Identifier: MIT
import SecureTransport
import Sessions
import TestSupport
import Testing

@testable import Conformance

/// The suite must be able to fail: against servers that break one rule each.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FaultyServerTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    @Test
    func `each fault is noticed by the case for it, and no case sees one where there is none`()
        async throws
    {
        let broker = try await startBroker()
        let ids = Set(Fault.all.map(\.id))
        let good = try await run(ids, through: { _, frame in [frame] }, to: broker)
        #expect(good.map(\.case.id) == ids.sorted())
        for result in good { #expect(result.outcome == .passed, "\(result)") }
        for fault in Fault.all {
            let results = try await run([fault.id], through: fault.tamper, to: broker)
            #expect(results.count == 1)
            let isNoticed = results.allSatisfy(\.isFailure)
            #expect(isNoticed, "\(fault.testDescription): \(results)")
        }
        #expect(await broker.end() == 0)
    }

    private func startBroker() async throws -> DaemonProcess {
        _ = try certificates.files(.service("brokerd"))
        return try await DaemonProcess.start(
            "brokerd",
            environment: [
                "MESH_LISTEN_PORT": "0", "MESH_ADMIN_PORT": "0",
                "MESH_TLS_DIR": certificates.directory,
                "MESH_DATA_DIR": certificates.directory + "/data",
                "MESH_LOG_SEGMENT_BYTES": "4194304",
            ])
    }

    private func run(
        _ ids: Set<CaseID>, through tamper: @escaping TamperingProxy.Tamper,
        to broker: DaemonProcess
    ) async throws -> [CaseResult] {
        let proxy = try await TamperingProxy.start(
            before: MeshEndpoint(host: "127.0.0.1", port: broker.port("mesh")), named: "brokerd",
            certificates, tamper)
        let server = ServerUnderTest(
            .broker, at: proxy.endpoint, patience: .seconds(2), quiet: .milliseconds(300))
        let run = ConformanceRun(
            [server], passports: try Passports(directory: certificates.directory))
        let results = await run.run(ConformanceSuite.cases.filter { ids.contains($0.id) })
        try await proxy.stop()
        return results
    }
}
