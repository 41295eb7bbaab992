// SPDX-License-Identifier: MIT
import Fulfillment
import LambdaRuntime

/// The daemon that writes receipts, ships and completes orders.
@main
struct Fulfillmentd {
    static func main() async {
        await StageProgram.main("fulfillmentd", FulfillmentSettings.self) {
            settings, feed, context in
            try await FulfillmentService(settings, feed, context).services
        }
    }
}
