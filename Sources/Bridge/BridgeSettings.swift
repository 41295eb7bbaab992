// SPDX-License-Identifier: MIT
package import Daemon
import SecureTransport

/// The configuration of `bridged`.
package struct BridgeSettings: DaemonSettings {
    /// `listen.host`, `listen.port`: where requests come in.
    package let mesh: ListenSettings
    package let tls: TLSSettings

    /// Nil when no region is set: the bridge then runs, and refuses every request.
    package let cloud: Cloud?

    /// Where the cloud is, and what in it is the mesh's.
    package struct Cloud: Sendable {
        package let region: String

        /// Nil for AWS itself.
        package let endpoint: String?

        /// The DynamoDB table that holds all records.
        package let table: String

        /// The S3 bucket of receipts; nil when none are kept there.
        package let bucket: String?

        /// Begins the name of every queue in SQS.
        package let queuePrefix: String

        /// Whether the table and queues that are missing are made.
        package let isProvisioning: Bool

        /// How long one request to SQS waits for a first message.
        package let receiveWait: Duration

        /// The longest that one attempt of a call may take, beyond the time that it asks to wait.
        package let timeout: Duration

        package init(
            region: String, endpoint: String?, table: String = "order-mesh",
            bucket: String? = nil, queuePrefix: String = "mesh-", isProvisioning: Bool = true,
            receiveWait: Duration = .seconds(20), timeout: Duration = .seconds(10)
        ) {
            self.region = region
            self.endpoint = endpoint
            self.table = table
            self.bucket = bucket
            self.queuePrefix = queuePrefix
            self.isProvisioning = isProvisioning
            self.receiveWait = receiveWait
            self.timeout = timeout
        }
    }

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        mesh = try ListenSettings(from: reader, scope: "listen", defaultPort: 9103)
        tls = try TLSSettings(from: reader)
        cloud = try Cloud.read(from: reader.scoped("aws"))
    }
}

extension BridgeSettings.Cloud {
    /// Reads `aws.region` and the rest; nil when no region is set.
    package static func read(from aws: SettingsReader) throws(ConfigurationError) -> Self? {
        let region = aws.optionalText("region")
        let endpoint = aws.optionalText("endpoint")
        let table = aws.text("table", default: "order-mesh")
        let bucket = aws.optionalText("bucket")
        let prefix = aws.text("queuePrefix", default: "mesh-")
        guard prefix.utf8.count <= QueueNaming.prefixByteCountMax else {
            throw ConfigurationError(
                .outOfBounds, key: aws.fullKey("queuePrefix"),
                "at most \(QueueNaming.prefixByteCountMax) bytes")
        }
        let isProvisioning = try aws.flag("provision", default: false)
        let wait = try aws.duration(
            "receiveWait", default: .seconds(20), in: .seconds(0) ... .seconds(20))
        let timeout = try aws.duration(
            "timeout", default: .seconds(10), in: .seconds(1) ... .seconds(60))
        return region.map { region in
            Self(
                region: region, endpoint: endpoint, table: table, bucket: bucket,
                queuePrefix: prefix, isProvisioning: isProvisioning, receiveWait: wait,
                timeout: timeout)
        }
    }
}
