// SPDX-License-Identifier: MIT

import FoundationEssentials
import Logging
import Synchronization

/// Tells where this daemon listens, to people by a log line and to programs by a file
/// `<name>.ports` such as `{"admin":9205,"mesh":9101}`; needed where port 0 asked for any free port.
package final class PortsFile: Sendable {
    private let path: String?
    private let logger: Logger
    private let onListening: @Sendable (String, Int) -> Void
    private let ports = Mutex<[String: Int]>([:])

    /// No file is written when `directory` is nil.
    init(
        directory: String?, name: String, logger: Logger,
        onListening: @escaping @Sendable (String, Int) -> Void = { _, _ in }
    ) {
        self.onListening = onListening
        path = directory.map { "\($0)/\(name).ports" }
        self.logger = logger
    }

    /// Reports that `listener` (`mesh`, `admin`, `http`) is open on `port`.
    package func listening(_ listener: String, on port: Int) {
        logger.info(
            "listening",
            metadata: .keyed([.listener: "\(listener)", .port: .stringConvertible(port)]))
        onListening(listener, port)
        ports.withLock { ports in
            ports[listener] = port
            guard let path else { return }
            do {
                let encoder = JSONEncoder()
                encoder.outputFormatting = .sortedKeys
                try encoder.encode(ports).write(to: URL(filePath: path), options: .atomic)
            } catch {
                logger.error(
                    "ports file cannot be written",
                    metadata: .keyed([.path: "\(path)", .error: "\(error)"]))
            }
        }
    }
}
