// SPDX-License-Identifier: MIT
import Daemon
import Inventory

@main
struct Inventoryd {
    static func main() async {
        await DaemonRuntime.main("inventoryd", InventorySettings.self) { settings, context in
            try await InventoryService(settings, context).services
        }
    }
}
