// SPDX-License-Identifier: MIT
import Testing

@testable import AWS

@Suite struct S3PathTests {
    @Test func `a key is encoded once, its slashes kept`() {
        let path = S3Path.path(bucket: "receipts", key: "acme/2026-11/a b+c%ü.txt")
        #expect(path == "/receipts/acme/2026-11/a%20b%2Bc%25%C3%BC.txt")
    }

    @Test func `a bucket alone has no slash at its end`() {
        #expect(S3Path.path(bucket: "receipts", key: "") == "/receipts")
    }
}
