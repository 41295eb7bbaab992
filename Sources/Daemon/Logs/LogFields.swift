// SPDX-License-Identifier: MIT
package import Logging
import Synchronization

/// Fields that stand in every line of the process's log until they are changed: what it works on, where
/// that is one thing at a time. Owner of its state: the mutex.
package final class LogFields: Sendable {
    private let fields = Mutex<Logger.Metadata>([:])

    init() {}

    /// From now on; replaces what was set before.
    package func set(_ metadata: Logger.Metadata) {
        fields.withLock { $0 = metadata }
    }

    var provider: Logger.MetadataProvider {
        Logger.MetadataProvider { [self] in fields.withLock { $0 } }
    }
}
