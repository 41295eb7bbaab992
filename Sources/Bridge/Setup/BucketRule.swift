// SPDX-License-Identifier: MIT
import AWS

/// What a bucket of receipts must have set.
enum BucketRule: String, CaseIterable, Sendable {
    /// S3 has encrypted every bucket since 2023: only stand-ins are ever told to, and who sets up AWS needs
    /// no right for it.
    case encryption
    case publicAccess
    case versioning
    case lifecycle
    case policy

    var aspect: BucketAspect {
        switch self {
        case .encryption: .encryption
        case .publicAccess: .publicAccessBlock
        case .versioning: .versioning
        case .lifecycle: .lifecycle
        case .policy: .policy
        }
    }

    /// For people.
    var wanted: String {
        switch self {
        case .encryption: "on"
        case .publicAccess: "blocked"
        case .versioning: "Enabled"
        case .lifecycle: "old versions kept for \(Self.oldVersionDays) days"
        case .policy: "refuses what does not come by TLS"
        }
    }

    /// How long what was overwritten or deleted can be had back.
    static let oldVersionDays = 90
    private static let lifecycleID = "order-mesh-old-versions"
    private static let policyID = "OrderMeshByTLSAlone"
    private static let accessSwitches = [
        "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets",
    ]

    /// Whether the configuration that a bucket has is as it should be.
    func isMet(_ found: String) -> Bool {
        switch self {
        case .encryption: XMLText.element("SSEAlgorithm", of: found) != nil
        case .publicAccess:
            Self.accessSwitches.allSatisfy { XMLText.element($0, of: found) == "true" }
        case .versioning: XMLText.element("Status", of: found) == wanted
        case .lifecycle:
            found.contains("<NoncurrentDays>\(Self.oldVersionDays)</NoncurrentDays>")
        case .policy: found.contains("aws:SecureTransport")
        }
    }

    /// Whether to write it would take away rules that others made.
    func isSharedWithOthers(_ found: String) -> Bool {
        switch self {
        case .encryption, .publicAccess, .versioning: false
        case .lifecycle: found.contains("<Rule>") && !found.contains(Self.lifecycleID)
        case .policy: !found.contains(Self.policyID)
        }
    }

    /// What is wrong, for people.
    func summary(_ found: String?) -> String {
        guard let found else { return "" }
        return switch self {
        case .versioning: XMLText.element("Status", of: found) ?? ""
        case .encryption: ""
        case .publicAccess: "open"
        case .lifecycle, .policy: "another"
        }
    }

    /// What is written.
    func document(bucket: String, partition: String) -> String {
        switch self {
        case .encryption:
            """
            <ServerSideEncryptionConfiguration xmlns="\(Self.namespace)"><Rule>\
            <ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
            </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>
            """
        case .publicAccess:
            """
            <PublicAccessBlockConfiguration xmlns="\(Self.namespace)">\
            \(Self.accessSwitches.map { "<\($0)>true</\($0)>" }.joined())\
            </PublicAccessBlockConfiguration>
            """
        case .versioning:
            """
            <VersioningConfiguration xmlns="\(Self.namespace)"><Status>Enabled</Status>\
            </VersioningConfiguration>
            """
        case .lifecycle: Self.lifecycleRules
        case .policy: Self.policyOf("arn:\(partition):s3:::\(bucket)")
        }
    }

    private static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    private static let lifecycleRules = """
        <LifecycleConfiguration xmlns="\(namespace)"><Rule><ID>\(lifecycleID)</ID>\
        <Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
        <NoncurrentVersionExpiration><NoncurrentDays>\(oldVersionDays)</NoncurrentDays>\
        </NoncurrentVersionExpiration><AbortIncompleteMultipartUpload>\
        <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>\
        </Rule></LifecycleConfiguration>
        """

    private static func policyOf(_ arn: String) -> String {
        """
        {"Version":"2012-10-17","Statement":[{"Sid":"\(policyID)","Effect":"Deny",\
        "Principal":"*","Action":"s3:*","Resource":["\(arn)","\(arn)/*"],\
        "Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}
        """
    }
}
