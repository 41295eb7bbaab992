// SPDX-License-Identifier: MIT
import Foundation
package import SecureTransport

/// The client in Python, as a program with certificates and an address.
package struct PythonClient: Sendable {
    let port: Int
    let files: TLSFiles

    /// - Parameter port: of a daemon on this machine.
    package init(port: Int, files: TLSFiles) {
        self.port = port
        self.files = files
    }

    /// Runs one command of it to its end.
    ///
    /// - Returns: its exit status, the objects that it printed, and what it said besides.
    package func run(
        _ verb: String, _ arguments: String...
    ) async throws -> (status: Int32, objects: [[String: Any]], words: [String]) {
        let process = try ToolProcess(
            script: "protocol/python/ordermesh_client.py",
            [
                verb, "--port", "\(port)", "--ca", files.trustRoots, "--cert", files.certificate,
                "--key", files.privateKey,
            ] + arguments)
        let status = await process.end()
        let objects = process.lines.compactMap { line in
            try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
        return (status, objects, process.lines.filter { !$0.hasPrefix("{") })
    }
}
