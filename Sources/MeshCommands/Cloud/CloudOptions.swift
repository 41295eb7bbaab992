// SPDX-License-Identifier: MIT
import AWS
import ArgumentParser
import Bridge
import Foundation

/// Where in AWS the mesh is; the defaults are those of `bridged`.
struct CloudOptions: ParsableArguments {
    @Option(help: "Region of AWS. The environment's AWS_REGION when left out.")
    var region: String?

    @Option(help: "Address of a stand-in for AWS.")
    var endpoint: String?

    @Option(help: "Table of DynamoDB for all records.")
    var table = "order-mesh"

    @Option(help: "Begins the name of every queue in SQS.")
    var prefix = "mesh-"

    @Option(help: "Bucket of S3 for receipts. None when left out.")
    var bucket: String?

    func setup() throws -> CloudSetup {
        CloudSetup(try client(), table: table, prefix: prefix, bucket: bucket)
    }

    /// Signs with the credentials of the environment.
    func client() throws -> AWSClient {
        let environment = ProcessInfo.processInfo.environment
        guard let region = region ?? environment["AWS_REGION"] else {
            throw CommandError("no region: give --region or set AWS_REGION")
        }
        guard let credentials = CredentialSource(environment: environment) else {
            throw CommandError(
                "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                    + "AWS_SHARED_CREDENTIALS_FILE, or let this run with a role")
        }
        return AWSClient(
            configuration: AWSConfiguration(region: region, endpoint: endpoint),
            credentials: credentials, transport: SignedCalls())
    }
}
