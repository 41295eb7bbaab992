// SPDX-License-Identifier: MIT
import NIOHTTP1

/// Which operation of which service a request asks for.
struct CloudRequest: Hashable, Sendable {
    let service: String
    let operation: String

    /// SQS and DynamoDB name it in a header, S3 by the method.
    init(_ head: HTTPRequestHead) {
        let target = head.headers.first(name: "X-Amz-Target") ?? ""
        let parts = target.split(separator: ".")
        if let form = parts.first, let name = parts.last, parts.count == 2 {
            service = form.hasPrefix("AmazonSQS") ? "sqs" : "dynamodb"
            operation = String(name)
        } else {
            (service, operation) = ("s3", head.method.rawValue)
        }
    }

    var brings: Bool { operation == "ReceiveMessage" }
}
