// SPDX-License-Identifier: MIT
import ArgumentParser
import OrderMeshClient

/// `meshctl order watch`: what happens to an order, as it happens, until it is final.
struct OrderWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow an order to its end.")

    @Argument(help: "The order's id.", transform: MeshOrderID.argument)
    var order: MeshOrderID

    @OptionGroup var options: TenantOptions

    func run() async throws {
        let id = order
        try await options.withClient { mesh in
            for try await event in mesh.watch(id) {
                print(
                    "\(Timestamp.text(event.time))  \(event.stage)  \(event.status)  "
                        + event.detail)
            }
        }
    }
}
