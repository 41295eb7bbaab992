// SPDX-License-Identifier: MIT
import LambdaRuntime
import Notification

/// The daemon that tells tenants of their orders.
@main
enum Notificationd {
    static func main() async {
        await StageProgram.main("notificationd", NotificationSettings.self) {
            settings, feed, context in
            try await NotificationService(settings, feed, context).services
        }
    }
}
