// SPDX-License-Identifier: MIT
import ArgumentParser
import CloudAccess

extension CloudIdentity.Form: ExpressibleByArgument {}

/// `meshctl cloud policy`: what an identity may do in AWS, as a policy of IAM.
struct CloudPolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Write the least that an identity needs as a policy of IAM.",
        discussion: """
            Identities: \(CloudIdentity.all.map(\.name).joined(separator: ", ")).
            Names may be placeholders of Terraform or CloudFormation, such as '${prefix}'.
            """)

    @Argument(help: "Whose policy.")
    var name: String

    @Option(help: "Begins the name of every queue and function.")
    var prefix = "mesh-"

    @Option(help: "Table of DynamoDB for all records.")
    var table = "order-mesh"

    @Option(help: "Bucket of S3 for receipts. When left out, nothing reaches S3.")
    var bucket: String?

    @Option(help: "Number of the account.")
    var account: String

    @Option(help: "Region of AWS.")
    var region: String

    @Option(help: "Part of AWS.")
    var partition = "aws"

    @Option(help: "Written for: iam, cloudformation.")
    var form = CloudIdentity.Form.iam

    func validate() throws {
        guard CloudIdentity.named(name) != nil else {
            let known = CloudIdentity.all.map(\.name).joined(separator: ", ")
            throw ValidationError("no identity '\(name)'; there are \(known)")
        }
        for text in [prefix, table, bucket ?? "", account, region, partition] {
            guard text.wholeMatch(of: /[A-Za-z0-9_.:${}-]*/) != nil else {
                throw ValidationError("'\(text)' is no name in AWS")
            }
        }
    }

    func run() {
        guard let identity = CloudIdentity.named(name) else { return }
        let names = CloudNames(
            partition: partition, region: region, account: account, prefix: prefix, table: table,
            bucket: bucket ?? "")
        let meant = bucket == nil ? identity.withoutBucket : identity
        print(meant.document(names, form: form))
    }
}
