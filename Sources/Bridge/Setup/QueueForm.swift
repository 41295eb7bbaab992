// SPDX-License-Identifier: MIT
import AWS
import FoundationEssentials
import QueueState

/// The attributes in SQS of a queue of the mesh, or of its dead letters.
struct QueueForm: Sendable {
    /// What is looked at.
    static let attributes: [QueueAttribute] = [
        .visibilityTimeout, .retentionSeconds, .redrivePolicy, .managedEncryption, .encryptionKey,
    ]

    /// As long as SQS keeps a message at most: 14 days.
    static let retention = "1209600"

    private let wanted: [QueueAttribute: String]

    static let deadLetters = QueueForm(wanted: [.retentionSeconds: retention])

    /// - Parameter deadLetters: the ARN of the queue for dead letters. Its name is enough to compare
    ///   with.
    static func source(_ policy: QueuePolicy, deadLetters: String) -> QueueForm {
        let hidden = policy.leaseDuration + BridgedQueue.leaseMargin
        let seconds = min(hidden, SQSClient.visibilityMax).components.seconds
        let redrive = """
            {"deadLetterTargetArn":"\(deadLetters)","maxReceiveCount":"\
            \(BridgedQueue.receiveCountMax)"}
            """
        return QueueForm(wanted: [
            .visibilityTimeout: String(seconds), .retentionSeconds: retention,
            .redrivePolicy: redrive,
        ])
    }

    /// Creates the queue with the attributes, or gives them to the one that is there.
    func make(_ name: String, in sqs: SQSClient) async throws(AWSError) -> QueueURL {
        guard let queue = try await sqs.find(queue: name) else {
            return try await sqs.create(
                queue: name, attributes: wanted.merging([.managedEncryption: "true"]) { $1 })
        }
        try await sqs.set(wanted, of: queue)
        return queue
    }

    /// The attributes that are other than they should be.
    func differences(
        from found: [QueueAttribute: String]
    ) -> [(aspect: String, found: String, wanted: String)] {
        var differences: [(aspect: String, found: String, wanted: String)] = []
        for attribute in [QueueAttribute.visibilityTimeout, .retentionSeconds, .redrivePolicy] {
            guard let wanted = wanted[attribute] else { continue }
            let (have, want) = (found[attribute] ?? "", wanted)
            let isSame =
                attribute == .redrivePolicy
                ? RedriveRule(have) == RedriveRule(want) && !have.isEmpty : have == want
            if !isSame { differences.append((attribute.rawValue, have, want)) }
        }
        // On unless somebody switched it off, or chose a key instead.
        if found[.managedEncryption] == "false", found[.encryptionKey] ?? "" == "" {
            differences.append((QueueAttribute.managedEncryption.rawValue, "false", "true"))
        }
        return differences
    }
}

/// A redrive policy of SQS, by what it says and not by how it is spelled.
private struct RedriveRule: Decodable, Equatable {
    /// The last part of the ARN: the queue's name.
    private let target: String
    private let countMax: Int

    private enum CodingKeys: String, CodingKey {
        case target = "deadLetterTargetArn"
        case countMax = "maxReceiveCount"
    }

    /// Nil when it is none.
    init?(_ text: String) {
        guard let rule = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else {
            return nil
        }
        self = rule
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let arn = try container.decode(String.self, forKey: .target)
        target = arn.split(separator: ":").last.map(String.init) ?? ""
        // SQS takes a number and a text alike, and answers with either.
        if let count = try? container.decode(Int.self, forKey: .countMax) {
            countMax = count
        } else {
            countMax = Int(try container.decode(String.self, forKey: .countMax)) ?? 0
        }
    }
}
