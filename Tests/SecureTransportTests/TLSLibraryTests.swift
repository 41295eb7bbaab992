// SPDX-License-Identifier: MIT
import Foundation
import SecureTransport
import Testing

@Suite struct TLSLibraryTests {
    /// What is registered first is called last: where OpenSSL frees its tables, before this.
    @Test func `a thread may still hash while the process ends`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            atexit { _ = Digest.hmacSHA256(key: [1], message: [2]) }
            TLSLibrary.keepUntilProcessEnds()
            _ = Digest.hmacSHA256(key: [1], message: [2])
            exit(7)
        }
    }
}
