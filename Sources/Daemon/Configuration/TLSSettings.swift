// SPDX-License-Identifier: MIT

/// The files of a daemon's certificate, as `meshctl certs make` lays them out.
package struct TLSSettings: Sendable, Equatable {
    /// The directory that holds `ca.pem`, `<name>.pem` and `<name>.key`.
    package var directory: String
    /// Whose certificate; the daemon's own unless configured.
    package var name: String

    package var certificatePath: String { "\(directory)/\(name).pem" }
    package var privateKeyPath: String { "\(directory)/\(name).key" }
    package var trustRootsPath: String { "\(directory)/ca.pem" }

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
