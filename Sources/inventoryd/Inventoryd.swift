// SPDX-License-Identifier: MIT
import Daemon
import Inventory

/// The daemon that reserves stock, and gives it back.
@main
struct Inventoryd {
    static func main() async {
        await DaemonRuntime.main("inventoryd", InventorySettings.self) { settings, context in
            try await InventoryService(settings, context).services
        }
    }
}
