// SPDX-License-Identifier: MIT
import LambdaRuntime
import Payment

/// The daemon that charges orders, and gives charges back.
@main
struct Paymentd {
    static func main() async {
        await StageProgram.main("paymentd", PaymentSettings.self) { settings, feed, context in
            try await PaymentService(settings, feed, context).services
        }
    }
}
