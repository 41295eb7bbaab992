// SPDX-License-Identifier: MIT
import Daemon
import Fulfillment

@main
struct Fulfillmentd {
    static func main() async {
        await DaemonRuntime.main("fulfillmentd", FulfillmentSettings.self) { settings, context in
            try await FulfillmentService(settings, context).services
        }
    }
}
