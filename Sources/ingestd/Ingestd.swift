// SPDX-License-Identifier: MIT
import Daemon
import Ingest

/// The daemon that takes orders, over HTTP and over the mesh.
@main
enum Ingestd {
    static func main() async {
        await DaemonRuntime.main("ingestd", IngestSettings.self) { settings, context in
            try await IngestService(settings, context).services
        }
    }
}
