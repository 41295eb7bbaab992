// SPDX-License-Identifier: MIT
import AWS
import CloudAccess
import Foundation
import HTTPCalls
import TestSupport

/// A user of the stand-in, who may what a policy says and nothing else.
struct StandInUser {
    private let stack: MiniStack
    private let name: String
    private let caller: HTTPCaller
    let credentials: AWSCredentials

    /// The stand-in refused to make a user.
    struct Refused: Error { let answer: String }

    init(of stack: MiniStack) async throws {
        self.stack = stack
        name = "user-\(UInt32.random(in: 0 ... .max))"
        caller = HTTPCaller(HTTPCallerConfiguration())
        _ = try await Self.ask(caller, stack, ["Action": "CreateUser", "UserName": name])
        let answer = try await Self.ask(
            caller, stack, ["Action": "CreateAccessKey", "UserName": name])
        guard let key = XMLText.element("AccessKeyId", of: answer),
            let secret = XMLText.element("SecretAccessKey", of: answer)
        else { throw Refused(answer: answer) }
        credentials = AWSCredentials(accessKey: key, secretKey: secret)
    }

    /// Lets the user do what `identity` may, and no more what it could before.
    func may(_ identity: CloudIdentity, _ names: CloudNames) async throws {
        _ = try await Self.ask(
            caller, stack,
            [
                "Action": "PutUserPolicy", "UserName": name, "PolicyName": "only",
                "PolicyDocument": Self.inWordsOfStandIn(identity).document(names),
            ])
    }

    /// AWS checks a batch of SQS by the action for one message, the stand-in by the batch's own name.
    private static func inWordsOfStandIn(_ identity: CloudIdentity) -> CloudIdentity {
        let batched = ["sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
        let statements = identity.statements.map { statement in
            CloudStatement(
                id: statement.id,
                actions: statement.actions.map { batched.contains($0) ? $0 + "Batch" : $0 },
                resources: statement.resources, leadingKeys: statement.leadingKeys)
        }
        return CloudIdentity(name: identity.name, about: identity.about, statements: statements)
    }

    /// Asks IAM as root, whose signature the stand-in does not look at.
    private static func ask(
        _ caller: HTTPCaller, _ stack: MiniStack, _ parameters: [String: String]
    ) async throws -> String {
        var form = URLComponents()
        form.queryItems = (parameters.merging(["Version": "2010-05-08"]) { $1 })
            .map { URLQueryItem(name: $0.key, value: $0.value) }
        let text = (form.percentEncodedQuery ?? "").replacingOccurrences(of: "+", with: "%2B")
        let scope = "\(stack.rootKey)/20260101/us-east-1/iam/aws4_request"
        let request = HTTPRequest(
            method: "POST", url: stack.endpoint + "/",
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"),
                (
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=host, Signature=0"
                ),
            ], body: Array(text.utf8))
        let answer = try await caller.perform(request)
        let body = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200 else { throw Refused(answer: body) }
        return body
    }
}
