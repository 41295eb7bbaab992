// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl order`: orders, as a customer and as an operator sees them.
struct OrderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order", abstract: "Place, get, watch and explain orders.",
        subcommands: [
            OrderPlaceCommand.self, OrderGetCommand.self, OrderWatchCommand.self,
            OrderExplainCommand.self,
        ])
}
