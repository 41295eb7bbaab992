// SPDX-License-Identifier: MIT
import AWS
import CloudAccess
import TestSupport
import Testing

@testable import Bridge

/// That the policy of who sets things up is enough, and that none of it could go.
@Suite struct ProvisionerPolicyTests {
    @Test func `the setup does all that it can with its policy, and with nothing less`()
        async throws
    {
        let fixture = try SetupFixture()
        let identity = try #require(CloudIdentity.named("provisioner"))
        let user = try await StandInUser(of: fixture.stack)
        try await user.may(identity, fixture.names)
        let recorder = RecordingCalls()
        let client = fixture.client(user.credentials, recorder)
        try await fixture.setup(client).apply()
        // Again, to change what is there; and what a stand-in that is reached without TLS is spared.
        let sqs = SQSClient(fixture.root)
        for queue in try await sqs.list(prefix: fixture.names.prefix) {
            try await sqs.set([.retentionSeconds: "60"], of: queue)
        }
        try await S3Client(fixture.root).configure(
            .publicAccessBlock, of: fixture.names.bucket,
            as: "<PublicAccessBlockConfiguration></PublicAccessBlockConfiguration>")
        try await fixture.setup(client).apply()
        let objects = S3Client(client)
        #expect(try await objects.configuration(.policy, of: fixture.names.bucket) == nil)
        try await objects.configure(
            .policy, of: fixture.names.bucket, as: harmless(fixture.names.bucket))

        let proof = PolicyProof(
            identity: identity, names: fixture.names, calls: recorder.all)
        #expect(!recorder.all.contains { $0.status == 403 })
        #expect(proof.used.sorted() == proof.allowed.sorted())
        #expect(keysOutside(proof, "queue/").isEmpty)
        let refused = try await proof.refusedWhenTakenAway(on: fixture.stack)
        #expect(refused.sorted() == proof.refusable().sorted())
    }

    /// A policy that denies something nobody does.
    private func harmless(_ bucket: String) -> String {
        """
        {"Version":"2012-10-17","Statement":[{"Sid":"None","Effect":"Deny","Principal":"*",\
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::\(bucket)/none"}]}
        """
    }

    /// Items that were asked for by keys which the policy does not have: the stand-in does not check.
    private func keysOutside(_ proof: PolicyProof, _ prefix: String) -> [String] {
        proof.calls.compactMap(\.key).filter { !$0.hasPrefix(prefix) }
    }
}
