// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AlwaysUseLowerCamelCase
import CloudAccess
import Foundation
import TestSupport
import Testing

@Suite struct CloudIdentityTests {
    private static let names = CloudNames(
        partition: "aws", region: "eu-central-1", account: "123456789012", prefix: "mesh-",
        table: "order-mesh", bucket: "receipts")

    /// What stands for the names in templates of Terraform.
    private static let placeholders = CloudNames(
        partition: "${partition}", region: "${region}", account: "${account}",
        prefix: "${prefix}", table: "${table}", bucket: "${bucket}")

    @Test func `a policy is JSON of IAM without a wildcard among its actions`() throws {
        for identity in CloudIdentity.all {
            let text = identity.document(Self.names)
            let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
            #expect(document.Version == "2012-10-17")
            #expect(document.Statement.count == identity.statements.count)
            for statement in document.Statement {
                #expect(statement.Effect == "Allow")
                #expect(!statement.Action.contains { $0.contains("*") })
                let isBroad = statement.Resource == ["*"]
                #expect(!isBroad || statement.Action == ["sqs:ListQueues"], "\(statement.Sid)")
                #expect(!statement.Resource.contains { $0.contains("{") })
            }
            #expect(Set(document.Statement.map(\.Sid)).count == document.Statement.count)
        }
    }

    @Test func `a policy fits where IAM keeps it`() {
        for identity in CloudIdentity.all {
            // 10,240 characters in a role, white space not counted.
            let count = identity.document(Self.names).count { !$0.isWhitespace }
            #expect(count <= 10_240, "\(identity.name): \(count)")
        }
    }

    @Test func `a function reaches the items of its own queues alone`() throws {
        let payment = try #require(CloudIdentity.named("paymentd"))
        let keys = Dictionary(
            uniqueKeysWithValues: payment.statements.map { ($0.id, Set($0.leadingKeys)) })
        #expect(keys["OwnRecords"] == ["message/payment/*"])
        #expect(
            keys["NextRecords"] == [
                "message/fulfillment/*", "message/inventory/*", "message/notification/*",
            ])
        let text = payment.document(Self.names)
        #expect(text.contains("\"dynamodb:LeadingKeys\""))
        #expect(text.contains(#""arn:aws:sqs:eu-central-1:123456789012:mesh-payment""#))
        #expect(!text.contains("notification-retry"))
        #expect(!payment.statements.contains { $0.actions.contains("s3:PutObject") })
    }

    @Test func `only fulfillment's function writes receipts`() throws {
        let fulfillment = try #require(CloudIdentity.named("fulfillmentd"))
        #expect(fulfillment.document(Self.names).contains("arn:aws:s3:::receipts/receipts/*"))
        #expect(!fulfillment.withoutBucket.document(Self.names).contains("s3:"))
    }

    @Test(arguments: CloudIdentity.all.map(\.name))
    func `the template that Terraform uses is what the command writes`(name: String) throws {
        let identity = try #require(CloudIdentity.named(name))
        let committed = try SourceTree.text(of: "deploy/terraform/policies/\(name).json.tftpl")
        #expect(
            committed == identity.document(Self.placeholders) + "\n",
            "run scripts/cloud-policies")
    }

    @Test(arguments: CloudIdentity.all.map(\.name).filter { $0 != "provisioner" })
    func `the template of CloudFormation holds what the command writes`(name: String) throws {
        let identity = try #require(CloudIdentity.named(name))
        let names = CloudNames(
            partition: "${AWS::Partition}", region: "${AWS::Region}",
            account: "${AWS::AccountId}", prefix: "${Prefix}", table: "${Prefix}records",
            bucket: "${Prefix}receipts-${AWS::AccountId}")
        let template = try SourceTree.text(of: "deploy/cloudformation/order-mesh.yaml")
        let policy = identity.document(names, form: .cloudformation).split(separator: "\n")
        let expected = policy.map { "              \($0)\n" }.joined()
        #expect(template.contains(expected), "run scripts/cloud-policies")
    }
}

/// A policy; the property names are IAM's.
private struct Document: Decodable {
    let Version: String
    let Statement: [Part]

    struct Part: Decodable {
        let Sid: String
        let Effect: String
        let Action: [String]
        let Resource: [String]
    }
}
