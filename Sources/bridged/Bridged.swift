// SPDX-License-Identifier: MIT
import Bridge
import Daemon
import Foundation

/// The bridge onto SQS and DynamoDB.
@main
struct Bridged {
    static func main() async {
        // AWS has names of its own for where credentials are.
        let environment = ProcessInfo.processInfo.environment
        await DaemonRuntime.main("bridged", BridgeSettings.self) { settings, context in
            [try await BridgeService(settings, context, environment: environment)]
        }
    }
}
