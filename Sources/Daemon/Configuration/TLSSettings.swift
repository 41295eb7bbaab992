// SPDX-License-Identifier: MIT

package import SecureTransport

/// The files of a daemon's certificate, as `meshctl certs make` lays them out.
package struct TLSSettings: Sendable, Equatable {
    /// The directory that holds `ca.pem`, `<name>.pem` and `<name>.key`.
    package var directory: String
    /// Whose certificate; the daemon's own unless configured.
    package var name: String

    /// What `TLSContext` opens.
    package var files: TLSFiles { TLSFiles(directory: directory, name: name) }

    /// Reads and checks the three files.
    ///
    /// - Throws: `unreadableFile`, naming the file, when one is missing, cannot be read or is none of
    ///   its kind, or when the key does not fit the certificate.
    package func context(
        _ role: TLSContext.Role, policy: TLSPolicy = .mesh
    ) throws(ConfigurationError) -> TLSContext {
        do throws(TLSError) {
            return try TLSContext(role: role, files: files, policy: policy)
        } catch {
            throw ConfigurationError(.unreadableFile, key: "tls", error.reason)
        }
    }

    package init(directory: String, name: String) {
        self.directory = directory
        self.name = name
    }

    /// Reads `tls.dir` (required) and `tls.name`.
    package init(from reader: SettingsReader) throws(ConfigurationError) {
        let scoped = reader.scoped("tls")
        directory = try scoped.text("dir")
        name = scoped.text("name", default: reader.daemon)
    }
}
