// SPDX-License-Identifier: MIT
import AWS

/// The bucket of receipts: encrypted, closed to the public, reached by TLS alone, with the versions of
/// what was overwritten.
struct BucketPart: CloudPart {
    let name: String
    let objects: S3Client

    /// Those that this place can keep.
    let rules: [BucketRule]

    /// The rule about TLS would lock out everybody who reaches a stand-in without.
    init(name: String, objects: S3Client, rules: [BucketRule]) {
        self.name = name
        self.objects = objects
        self.rules = rules
    }

    func findings() async throws(AWSError) -> [CloudFinding] {
        guard try await objects.exists(bucket: name) else { return [.missing(.bucket, name)] }
        var findings: [CloudFinding] = []
        for rule in rules {
            let found = try await objects.configuration(rule.aspect, of: name)
            let isMet = found.map(rule.isMet) ?? false
            let difference = CloudFinding.difference(
                .bucket, name, rule.rawValue, found: isMet ? rule.wanted : rule.summary(found),
                wanted: rule.wanted)
            if let difference { findings.append(difference) }
        }
        return findings
    }

    func mend(_ findings: [CloudFinding]) async throws(AWSError) {
        if findings.contains(where: { $0.kind == .missing }) {
            try await objects.create(bucket: name)
        }
        for rule in rules {
            let found = try await objects.configuration(rule.aspect, of: name)
            if let found, rule.isMet(found) { continue }
            if let found, rule.isSharedWithOthers(found) {
                throw AWSError(
                    code: .conflict, effect: .notApplied,
                    message: """
                        bucket \(name) has a \(rule.rawValue) of somebody else's, which is left as it \
                        is: add by hand \(rule.document(bucket: name, partition: objects.partition))
                        """)
            }
            try await objects.configure(
                rule.aspect, of: name, as: rule.document(bucket: name, partition: objects.partition)
            )
        }
    }
}
