// SPDX-License-Identifier: MIT
import Daemon
import Payment

@main
struct Paymentd {
    static func main() async {
        await DaemonRuntime.main("paymentd", PaymentSettings.self) { settings, context in
            try await PaymentService(settings, context).services
        }
    }
}
