// SPDX-License-Identifier: MIT

/// What can be configured of a bucket: a sub-resource, as S3 spells it in queries.
package enum BucketAspect: String, CaseIterable, Sendable {
    case encryption
    case publicAccessBlock
    case versioning
    case lifecycle
    case policy

    /// What S3 answers when none is set; versioning is then answered without a status.
    var absence: String? {
        switch self {
        case .encryption: "ServerSideEncryptionConfigurationNotFoundError"
        case .publicAccessBlock: "NoSuchPublicAccessBlockConfiguration"
        case .versioning: nil
        case .lifecycle: "NoSuchLifecycleConfiguration"
        case .policy: "NoSuchBucketPolicy"
        }
    }
}
