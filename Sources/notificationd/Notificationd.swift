// SPDX-License-Identifier: MIT
import Daemon
import Notification

/// The daemon that tells tenants of their orders.
@main
enum Notificationd {
    static func main() async {
        await DaemonRuntime.main("notificationd", NotificationSettings.self) { settings, context in
            try await NotificationService(settings, context).services
        }
    }
}
