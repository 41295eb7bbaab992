// SPDX-License-Identifier: MIT
import Daemon
import Fulfillment

/// The daemon that writes receipts, ships and completes orders.
@main
struct Fulfillmentd {
    static func main() async {
        await DaemonRuntime.main("fulfillmentd", FulfillmentSettings.self) { settings, context in
            try await FulfillmentService(settings, context).services
        }
    }
}
