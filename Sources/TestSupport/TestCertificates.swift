// SPDX-License-Identifier: MIT

import Foundation
package import SecureTransport
import Synchronization

/// An authority of a test's own, in a temporary directory that is gone when the last reference is.
package final class TestCertificates: Sendable {
    package let directory: String
    private let authority: CertificateAuthority
    private let issued = Mutex<[PeerIdentity: TLSFiles]>([:])

    /// One for all tests that do not mind sharing it.
    package static let shared = Result { try TestCertificates() }

    package init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/mesh-certs-" + UUID().uuidString
        authority = try CertificateAuthority.create(directory: directory)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// The identity's certificate, good for `localhost`, 127.0.0.1 and ::1, issued when first asked
    /// for; files in `directory`, named as the identity.
    package func files(_ identity: PeerIdentity) throws -> TLSFiles {
        try issued.withLock { issued in
            if let known = issued[identity] { return known }
            let files = try authority.issue(.init(identity: identity), to: directory)
            issued[identity] = files
            return files
        }
    }

    /// A context of the mesh's policy, unless another is given.
    package func context(
        _ role: TLSContext.Role, _ identity: PeerIdentity, policy: TLSPolicy = .mesh
    ) throws -> TLSContext {
        try TLSContext(role: role, files: try files(identity), policy: policy)
    }
}
