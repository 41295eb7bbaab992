// SPDX-License-Identifier: MIT
import Inventory
import LambdaRuntime

/// The daemon that reserves stock, and gives it back.
@main
struct Inventoryd {
    static func main() async {
        await StageProgram.main("inventoryd", InventorySettings.self) { settings, feed, context in
            try await InventoryService(settings, feed, context).services
        }
    }
}
