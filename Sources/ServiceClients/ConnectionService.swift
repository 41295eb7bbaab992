// SPDX-License-Identifier: MIT
import ServiceLifecycle
package import Sessions

/// A connection to another daemon, kept up as long as this one runs. Put it before what uses it:
/// services shut down in reverse.
package struct ConnectionService: Service {
    private let connection: MeshConnection

    package init(_ connection: MeshConnection) { self.connection = connection }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // Cancellation is its only end.
            try? await connection.run()
        }
    }
}
