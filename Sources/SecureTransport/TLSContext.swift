// SPDX-License-Identifier: MIT

import COpenSSL
import Synchronization

/// The credentials and rules that new connections start from. Can be reloaded while in use:
/// connections that stand keep what they began with, later ones get the new certificates.
package final class TLSContext: Sendable {
    /// Which side of the handshake connections made from here play.
    package enum Role: Sendable, Equatable {
        case server
        case client
    }

    package let role: Role
    package let policy: TLSPolicy
    private let files: TLSFiles
    private let current: Mutex<TLSCredentials>

    /// Reads and checks the three files.
    /// - Throws: `configuration` when one cannot be read or the key does not fit the certificate.
    package init(role: Role, files: TLSFiles, policy: TLSPolicy = .mesh) throws(TLSError) {
        self.role = role
        self.files = files
        self.policy = policy
        current = Mutex(try TLSCredentials(role: role, files: files, policy: policy))
    }

    /// Reads the files again. When they are not good, what was there stays in force.
    package func reload() throws(TLSError) {
        let fresh = try TLSCredentials(role: role, files: files, policy: policy)
        current.withLock { $0 = fresh }
    }

    func makeConnection(expecting peer: PeerIdentity?, serverName: String?) throws(TLSError)
        -> TLSConnection
    {
        let credentials = current.withLock { $0 }
        return try TLSConnection(
            credentials: credentials, role: role, policy: policy, expecting: peer,
            serverName: serverName)
    }
}
