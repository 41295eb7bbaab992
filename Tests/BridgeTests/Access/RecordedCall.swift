// SPDX-License-Identifier: MIT
import AWS
import Foundation

/// A request to AWS that was made, as IAM sees it.
struct RecordedCall: Sendable {
    let request: AWSRequest
    let status: Int
    /// As IAM spells it; requests for batches have no action of their own.
    let action: String
    /// The resource's name without what says where it is; `*` when the request names none.
    let resource: String
    /// The partition key, of requests for one item.
    let key: String?

    init(_ request: AWSRequest, status: Int) {
        self.request = request
        self.status = status
        let target = request.headers.first { $0.name == "X-Amz-Target" }?.value
        if let operation = target?.split(separator: ".").last {
            let body = JSONBody(request.body)
            let name = operation.hasSuffix("Batch") ? operation.dropLast(5) : operation
            action = "\(request.service.rawValue):\(name)"
            resource = body.resource
            key = body.key
        } else {
            (action, resource) = Self.object(request)
            key = nil
        }
    }

    /// Of S3, whose requests say by method and query what they do.
    private static func object(_ request: AWSRequest) -> (action: String, resource: String) {
        let parts = URLComponents(string: request.url)
        let path = (parts?.path ?? "").split(separator: "/", maxSplits: 1)
        let name = path.joined(separator: "/")
        let verb = request.method == "GET" ? "Get" : "Put"
        guard let aspect = parts?.queryItems?.first?.name else {
            if path.count == 2 { return ("s3:\(verb)Object", name) }
            return ("s3:CreateBucket", name)
        }
        let subject =
            [
                "encryption": "EncryptionConfiguration", "lifecycle": "LifecycleConfiguration",
                "publicAccessBlock": "BucketPublicAccessBlock", "versioning": "BucketVersioning",
                "policy": "BucketPolicy", "location": "BucketLocation",
            ][aspect] ?? aspect
        return ("s3:\(verb)\(subject)", name)
    }

    /// What requests of SQS and DynamoDB say of themselves.
    private struct JSONBody {
        let resource: String
        let key: String?

        init(_ bytes: [UInt8]) {
            let fields = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
            let queue = (fields?["QueueUrl"] as? String)?.split(separator: "/").last
            resource =
                queue.map(String.init) ?? fields?["QueueName"] as? String
                ?? fields?["TableName"] as? String ?? "*"
            let item = (fields?["Key"] ?? fields?["Item"]) as? [String: [String: Any]]
            key = item?["pk"]?["S"] as? String
        }
    }
}
