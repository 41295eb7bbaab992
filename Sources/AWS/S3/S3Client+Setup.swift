// SPDX-License-Identifier: MIT
import FoundationEssentials
import SecureTransport

extension S3Client {
    /// Whether this account has the bucket; throws `denied` when another has it.
    package func exists(bucket: String) async throws(AWSError) -> Bool {
        do throws(AWSError) {
            _ = try await client.send(
                "GET", to: .s3, path: S3Path.path(bucket: bucket, key: "") + "?location=",
                headers: [("x-amz-content-sha256", Self.hash([]))], body: [])
            return true
        } catch {
            if error.name == "NoSuchBucket" { return false }
            throw error
        }
    }

    /// The configuration as S3 has it, XML or the JSON of a policy; nil when none is set.
    package func configuration(
        _ aspect: BucketAspect, of bucket: String
    ) async throws(AWSError) -> String? {
        do throws(AWSError) {
            let answer = try await client.send(
                "GET", to: .s3, path: path(bucket, aspect),
                headers: [("x-amz-content-sha256", Self.hash([]))], body: [])
            return String(decoding: answer.body, as: UTF8.self)
        } catch {
            if error.name == aspect.absence { return nil }
            throw error
        }
    }

    /// Sets a configuration, in place of the one that is there.
    package func configure(
        _ aspect: BucketAspect, of bucket: String, as document: String
    ) async throws(AWSError) {
        let body = Array(document.utf8)
        _ = try await client.send(
            "PUT", to: .s3, path: path(bucket, aspect),
            headers: [
                ("Content-Type", aspect == .policy ? "application/json" : "application/xml"),
                // S3 takes no configuration without a checksum of its own kind.
                ("x-amz-checksum-sha256", Data(Digest.sha256(body)).base64EncodedString()),
                ("x-amz-content-sha256", Self.hash(body)),
                ("x-amz-sdk-checksum-algorithm", "SHA256"),
            ],
            body: body)
    }

    /// The query as it is signed: with its sign of equality.
    private func path(_ bucket: String, _ aspect: BucketAspect) -> String {
        S3Path.path(bucket: bucket, key: "") + "?\(aspect.rawValue)="
    }
}
