// SPDX-License-Identifier: MIT
import FoundationEssentials

/// A request in AWS's JSON protocol 1.0: its fields are the body, its answer's fields the answer.
protocol JSONOperation: Encodable, Sendable {
    associatedtype Answer: Decodable & Sendable

    static var service: AWSService { get }

    /// Such as `AmazonSQS.SendMessage`.
    static var target: String { get }

    /// How long the service was asked to hold the request before it answers.
    var patience: Duration { get }
}

extension JSONOperation {
    var patience: Duration { .zero }
}

/// An answer without fields of interest.
struct EmptyAnswer: Decodable, Sendable {}

extension AWSClient {
    func call<Operation: JSONOperation>(
        _ operation: Operation
    ) async throws(AWSError) -> Operation.Answer {
        let body: Data
        do {
            body = try JSONEncoder().encode(operation)
        } catch {
            throw AWSError(
                code: .invalid, effect: .notApplied, message: "cannot be written as JSON: \(error)")
        }
        let answer = try await send(
            "POST", to: Operation.service, path: "/",
            headers: [
                ("Content-Type", "application/x-amz-json-1.0"),
                ("X-Amz-Target", Operation.target),
            ],
            body: [UInt8](body), patience: operation.patience)
        // SQS and DynamoDB may answer nothing at all where there is nothing to say.
        let bytes = answer.body.isEmpty ? Data("{}".utf8) : Data(answer.body)
        do {
            return try JSONDecoder().decode(Operation.Answer.self, from: bytes)
        } catch {
            throw .badAnswer("the answer to \(Operation.target) cannot be read: \(error)")
        }
    }
}
