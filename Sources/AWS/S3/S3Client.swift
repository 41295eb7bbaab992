// SPDX-License-Identifier: MIT
import FoundationEssentials
import SecureTransport

/// Amazon S3, path style.
package struct S3Client: Sendable {
    let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }

    /// The part of AWS that ARNs of buckets name.
    package var partition: String { client.configuration.partition }

    /// Stores an object unless one has its key; false when one has, which is then as it was.
    ///
    /// S3 verifies the SHA-256 and keeps it. An attempt whose answer was lost is found by the next one
    /// as an object that is there: the caller compares.
    package func putOnce(
        _ body: [UInt8],
        contentType: String,
        key: String,
        bucket: String
    ) async throws(AWSError) -> Bool {
        let digest = Digest.sha256(body)
        do throws(AWSError) {
            _ = try await client.send(
                "PUT", to: .s3, path: S3Path.path(bucket: bucket, key: key),
                headers: [
                    ("Content-Type", contentType),
                    ("If-None-Match", "*"),
                    ("x-amz-checksum-sha256", Data(digest).base64EncodedString()),
                    ("x-amz-content-sha256", Digest.hexadecimal(digest)),
                ],
                body: body)
            return true
        } catch {
            if error.name == "PreconditionFailed" { return false }
            throw error
        }
    }

    /// The object; nil when there is none.
    package func get(key: String, bucket: String) async throws(AWSError) -> S3Object? {
        do throws(AWSError) {
            let answer = try await client.send(
                "GET", to: .s3, path: S3Path.path(bucket: bucket, key: key),
                headers: [
                    ("x-amz-checksum-mode", "ENABLED"), ("x-amz-content-sha256", Self.hash([])),
                ], body: [])
            return S3Object(
                bytes: answer.body, contentType: answer.headers["content-type"] ?? "",
                checksum: answer.headers["x-amz-checksum-sha256"])
        } catch {
            if error.name == "NoSuchKey" { return nil }
            throw error
        }
    }

    /// Creates the bucket, unless this account has it.
    package func create(bucket: String) async throws(AWSError) {
        let region = client.configuration.region
        // The oldest region is the default, and may not be named.
        let form = """
            <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <LocationConstraint>\(region)</LocationConstraint></CreateBucketConfiguration>
            """
        let body = region == "us-east-1" ? [] : Array(form.utf8)
        do throws(AWSError) {
            _ = try await client.send(
                "PUT", to: .s3, path: S3Path.path(bucket: bucket, key: ""),
                headers: [
                    ("Content-Type", "application/xml"),
                    ("x-amz-content-sha256", Self.hash(body)),
                ],
                body: body)
        } catch {
            guard error.name == "BucketAlreadyOwnedByYou" else { throw error }
        }
    }

    /// S3 demands the hash of the body as a header; the signature then covers it.
    static func hash(_ body: [UInt8]) -> String { Digest.hexadecimal(Digest.sha256(body)) }
}
