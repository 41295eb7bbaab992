// SPDX-License-Identifier: MIT
import AWS
import CloudAccess
import ServiceClients
import Sessions
import Testing
import Wire

@testable import Bridge

/// What the mesh needs in AWS, looked at and made on the stand-in.
@Suite struct CloudSetupTests {
    @Test func `an empty account lacks everything, and after one apply nothing`() async throws {
        let fixture = try SetupFixture()
        let setup = fixture.setup(fixture.root)
        let missing = try await setup.findings()
        #expect(missing.allSatisfy { $0.kind == .missing })
        // A table, a bucket, and of each queue its policy, itself and its dead letters.
        #expect(missing.count == 2 + 3 * AccessPolicy.queues.count)
        var mended: [CloudFinding] = []
        try await setup.apply { mended.append($0) }
        #expect(Set(mended.map(\.description)) == Set(missing.map(\.description)))
        #expect(try await setup.findings().isEmpty)
    }

    @Test func `what is right is asked for and not written again`() async throws {
        let fixture = try SetupFixture()
        try await fixture.setup(fixture.root).apply()
        let recorder = RecordingCalls()
        let again = fixture.setup(fixture.client(fixture.stack.credentials, recorder))
        try await again.apply()
        let reads = ["Get", "Describe", "List"]
        for call in recorder.all {
            let operation = call.action.split(separator: ":").last ?? ""
            #expect(reads.contains { operation.hasPrefix($0) }, "\(call.action)")
        }
    }

    @Test func `what somebody changed is found by name, and mended alone`() async throws {
        let fixture = try SetupFixture()
        let setup = fixture.setup(fixture.root)
        try await setup.apply()
        let sqs = SQSClient(fixture.root)
        let name = fixture.names.prefix + "payment"
        let queue = try #require(try await sqs.find(queue: name))
        try await sqs.set([.retentionSeconds: "60", .visibilityTimeout: "1"], of: queue)
        try await S3Client(fixture.root).configure(
            .versioning, of: fixture.names.bucket,
            as: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>")
        let expected = [
            CloudFinding(
                .queue, name, .differs(aspect: "VisibilityTimeout", found: "1", wanted: "35")),
            CloudFinding(
                .queue, name,
                .differs(aspect: "MessageRetentionPeriod", found: "60", wanted: "1209600")),
            CloudFinding(
                .bucket, fixture.names.bucket,
                .differs(aspect: "versioning", found: "Suspended", wanted: "Enabled")),
        ]
        #expect(try await setup.findings() == expected)
        var mended: [CloudFinding] = []
        try await setup.apply { mended.append($0) }
        #expect(mended == expected)
        #expect(try await setup.findings().isEmpty)
    }

    @Test func `a queue that was declared otherwise by an operator is as it should be`()
        async throws
    {
        let fixture = try await BridgeFixture()
        try await fixture.run { clients in
            try await clients.operator().declare(
                Declare(
                    queue: "payment", leaseMilliseconds: 90_000, attemptsMax: 9,
                    backoffBaseMilliseconds: 1, backoffMaxMilliseconds: 1, depthMax: 1,
                    byteDepthMax: 1 << 20, who: "alice", why: "slow", holdBehindDead: false))
            let names = fixture.names
            let setup = CloudSetup(
                try SetupFixture().root, table: names.table, prefix: names.prefix, bucket: nil)
            #expect(try await setup.findings().isEmpty)
        }
    }

    @Test func `rules that others gave the bucket are left alone, and said`() async throws {
        let fixture = try SetupFixture()
        let objects = S3Client(fixture.root)
        try await objects.create(bucket: fixture.names.bucket)
        let theirs = """
            <LifecycleConfiguration><Rule><ID>theirs</ID><Filter><Prefix>x/</Prefix></Filter>\
            <Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule>\
            </LifecycleConfiguration>
            """
        try await objects.configure(.lifecycle, of: fixture.names.bucket, as: theirs)
        let error = await #expect(throws: AWSError.self) {
            try await fixture.setup(fixture.root).apply()
        }
        #expect(error?.code == .conflict)
        let found = try await objects.configuration(.lifecycle, of: fixture.names.bucket)
        #expect(found?.contains("theirs") == true)
    }
}
