// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl stock`: what there is to order.
struct StockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock", abstract: "Look after the stock.",
        subcommands: [StockReceiveCommand.self])
}
