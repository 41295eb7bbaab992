// SPDX-License-Identifier: MIT
import Daemon
import Payment

/// The daemon that charges orders, and gives charges back.
@main
struct Paymentd {
    static func main() async {
        await DaemonRuntime.main("paymentd", PaymentSettings.self) { settings, context in
            try await PaymentService(settings, context).services
        }
    }
}
