// SPDX-License-Identifier: MIT
import AWS
import Orders
import QueueState
import Synchronization
import Wire

/// The queues of this mesh: their policies in DynamoDB, their addresses in SQS.
final class QueueCatalog: Sendable {
    private let sqs: SQSClient
    private let database: DynamoDBClient
    private let table: String
    private let naming: QueueNaming
    private let clock: any MeshClock
    private let isProvisioning: Bool
    private let found = Mutex<[QueueName: (queue: BridgedQueue, at: MeshInstant)]>([:])

    /// How long a policy is used before it is read again.
    private static let freshness = Duration.seconds(30)

    /// - Parameter isProvisioning: whether DECLARE may make queues, or only find them.
    init(
        sqs: SQSClient, database: DynamoDBClient, table: String, naming: QueueNaming,
        clock: any MeshClock, isProvisioning: Bool
    ) {
        self.sqs = sqs
        self.database = database
        self.table = table
        self.naming = naming
        self.clock = clock
        self.isProvisioning = isProvisioning
    }

    /// The queue, or the refusal `unknown_queue`.
    func find(_ name: QueueName) async throws(BridgeRefusal) -> BridgedQueue {
        let now = clock.now()
        if let known = found.withLock({ $0[name] }), now - known.at < Self.freshness {
            return known.queue
        }
        let queue = try await refusing { () throws(AWSError) in try await look(for: name) }
        guard let queue else { throw BridgeRefusal(.unknownQueue, "no queue \(name)") }
        found.withLock { $0[name] = (queue, now) }
        return queue
    }

    /// The queue by the text of a frame.
    func find(_ text: String) async throws(BridgeRefusal) -> BridgedQueue {
        guard let name = QueueName(text) else {
            throw BridgeRefusal(.unknownQueue, "no queue '\(text)'")
        }
        return try await find(name)
    }

    /// All queues of this mesh, by name.
    func all() async throws(BridgeRefusal) -> [BridgedQueue] {
        let urls = try await refusing { () throws(AWSError) in
            try await sqs.list(prefix: naming.prefix)
        }
        var queues: [BridgedQueue] = []
        for name in urls.compactMap({ naming.queue($0.name) }).sorted() {
            queues.append(try await find(name))
        }
        return queues
    }

    /// Makes the queue and its dead letters, or gives them this policy.
    func declare(_ name: QueueName, _ policy: QueuePolicy) async throws(BridgeRefusal) {
        let isThere = try await refusing { () throws(AWSError) in try await look(for: name) } != nil
        guard isThere || isProvisioning else {
            throw BridgeRefusal(
                .notPermitted, "queues are not made by the bridge here (aws.provision is off)")
        }
        try await refusing { () throws(AWSError) in
            let dead = try await QueueForm.deadLetters.make(naming.deadLetters(name), in: sqs)
            let arn = try await sqs.attributes([.arn], of: dead)[.arn] ?? ""
            _ = try await QueueForm.source(policy, deadLetters: arn)
                .make(naming.source(name), in: sqs)
            try await database.put(policy.item(of: name), into: table)
        }
        found.withLock { $0[name] = nil }
    }

    private func look(for name: QueueName) async throws(AWSError) -> BridgedQueue? {
        let item = try await database.get(QueuePolicy.key(of: name), from: table)
        guard let policy = item.flatMap({ QueuePolicy($0) }),
            let source = try await sqs.find(queue: naming.source(name)),
            let dead = try await sqs.find(queue: naming.deadLetters(name))
        else { return nil }
        return BridgedQueue(name: name, policy: policy, source: source, deadLetters: dead)
    }
}
