// SPDX-License-Identifier: MIT
import AWS
import CloudAccess
import TestSupport

@testable import Bridge

/// Names of its own on the stand-in, and clients of what is set up there.
struct SetupFixture {
    let stack: MiniStack
    let names: CloudNames
    let root: AWSClient

    init() throws {
        stack = try MiniStack.shared.get()
        let suffix = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        names = CloudNames(
            partition: "aws", region: stack.region, account: stack.account,
            prefix: "t\(suffix)-", table: "table-\(suffix)", bucket: "bucket-\(suffix)")
        root = Self.client(stack, stack.credentials, SignedCalls())
    }

    func client(
        _ credentials: AWSCredentials, _ transport: any AWSTransport = SignedCalls()
    ) -> AWSClient {
        Self.client(stack, credentials, transport)
    }

    func setup(_ client: AWSClient) -> CloudSetup {
        CloudSetup(client, table: names.table, prefix: names.prefix, bucket: names.bucket)
    }

    private static func client(
        _ stack: MiniStack, _ credentials: AWSCredentials, _ transport: any AWSTransport
    ) -> AWSClient {
        AWSClient(
            configuration: AWSConfiguration(region: stack.region, endpoint: stack.endpoint),
            credentials: .fixed(credentials), transport: transport)
    }
}
