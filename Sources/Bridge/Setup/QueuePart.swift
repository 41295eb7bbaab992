// SPDX-License-Identifier: MIT
import AWS
import QueueState

/// One queue of the mesh: its policy in the table, and the two queues in SQS.
struct QueuePart: CloudPart {
    private let queue: MeshQueue
    private let source: String
    private let deadLetters: String
    private let table: String
    private let sqs: SQSClient
    private let database: DynamoDBClient

    init(
        _ queue: MeshQueue, naming: QueueNaming, table: String, sqs: SQSClient,
        database: DynamoDBClient
    ) {
        self.queue = queue
        source = naming.source(queue.name)
        deadLetters = naming.deadLetters(queue.name)
        self.table = table
        self.sqs = sqs
        self.database = database
    }

    func findings() async throws(AWSError) -> [CloudFinding] {
        let policy = try await policyInForce()
        var findings = policy == nil ? [CloudFinding.missing(.queuePolicy, queue.name.text)] : []
        findings += try await look(.deadLetters, deadLetters, QueueForm.deadLetters)
        findings += try await look(
            .queue, source,
            QueueForm.source(policy ?? queue.policy, deadLetters: deadLetters))
        return findings
    }

    func mend(_ findings: [CloudFinding]) async throws(AWSError) {
        let policy = try await policyInForce()
        let dead = try await QueueForm.deadLetters.make(deadLetters, in: sqs)
        let arn = try await sqs.attributes([.arn], of: dead)[.arn] ?? ""
        _ = try await QueueForm.source(policy ?? queue.policy, deadLetters: arn)
            .make(source, in: sqs)
        // Last: a queue that has a policy is there.
        if policy == nil { try await database.put(queue.policy.item(of: queue.name), into: table) }
    }

    /// The policy that was declared last; nil when none was, or there is no table yet.
    private func policyInForce() async throws(AWSError) -> QueuePolicy? {
        do throws(AWSError) {
            let item = try await database.get(QueuePolicy.key(of: queue.name), from: table)
            return item.flatMap { QueuePolicy($0) }
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    private func look(
        _ subject: CloudFinding.Subject, _ name: String, _ form: QueueForm
    ) async throws(AWSError) -> [CloudFinding] {
        guard let url = try await sqs.find(queue: name) else { return [.missing(subject, name)] }
        let found = try await sqs.attributes(QueueForm.attributes, of: url)
        return form.differences(from: found).map { aspect, found, wanted in
            CloudFinding(subject, name, .differs(aspect: aspect, found: found, wanted: wanted))
        }
    }
}
