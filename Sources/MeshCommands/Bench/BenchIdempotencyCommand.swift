// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import PostgresStore
import SecureTransport

/// `meshctl bench idempotency`: orders under ever new keys of a short life, and how large the table of
/// keys is meanwhile. Ends with a status other than zero when it still grows in the last third.
struct BenchIdempotencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idempotency",
        abstract: "Show that the table of keys stays as large as what is remembered.")

    @Option(help: "Seconds that a key is remembered.")
    var lifetime = 10

    @Option(help: "Seconds in all.")
    var seconds = 300

    @Option(help: "Orders in flight.")
    var window = 64

    @Option(help: "Directory for data of the daemons.")
    var directory: String?

    /// Growth from the second third to the last one that is not called growth.
    private static let tolerance = 1.1

    private struct Sample {
        let second: Int
        let rows: Int64
        let bytes: Int64
    }

    func run() async throws {
        let daemons = try await AdmissionDaemons.start(
            in: directory, settings: ["MESH_KEYS_LIFETIME": "\(lifetime)s"])
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let window = window
        let bench = try await BenchLoad.open(
            1, to: daemons.ingest.endpoint,
            tls: try TLSContext(role: .client, files: daemons.tls), on: loop
        ) { RequestWindow(PlaceRequest(), count: window) }
        try await loop.submit {
            bench.value.start()
            bench.value.beginMeasuring()
        }.get()
        let samples = try await watch(daemons.postgres)
        let sum = try await loop.submit { bench.value.finish() }.get()
        try await daemons.stop()
        try report(samples, sum)
    }

    private func watch(_ connectionInfo: String) async throws -> [Sample] {
        try await MeshDatabase.withPool(
            connectionInfo, logger: MeshDatabase.silentLogger
        ) { pool in
            var samples: [Sample] = []
            let start = ContinuousClock.now
            for second in stride(from: 5, through: seconds, by: 5) {
                try await Task.sleep(until: start + .seconds(second), clock: .continuous)
                guard let row = try await pool.query(Self.size).first else { continue }
                let sample = Sample(second: second, rows: try row[0], bytes: try row[1])
                print("\(second) s: \(sample.rows) keys, \(sample.bytes / 1024) KiB")
                samples.append(sample)
            }
            return samples
        }
    }

    private func report(_ samples: [Sample], _ sum: BenchSample) throws {
        let second = samples.filter { $0.second > seconds / 3 && $0.second <= seconds * 2 / 3 }
        let last = samples.filter { $0.second > seconds * 2 / 3 }
        let before = second.map(\.bytes).max() ?? 0
        let after = last.map(\.bytes).max() ?? 0
        print(
            "orders=\(sum.operationCount) errors=\(sum.errorCount) "
                + "kib_second_third=\(before / 1024) kib_last_third=\(after / 1024)")
        guard before > 0, Double(after) <= Double(before) * Self.tolerance else {
            print("the table of keys grows")
            throw ExitCode.failure
        }
    }

    private static let size = PostgresStatement(
        "bench.keys",
        """
        SELECT (SELECT count(*) FROM idempotency_keys),
            (SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits
                WHERE inhparent = 'idempotency_keys'::regclass)
        """)
}
