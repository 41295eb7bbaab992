// SPDX-License-Identifier: MIT
import ArgumentParser

/// Who moves the money in a run: the books in the mesh's own database, or a server beyond a network.
enum ChaosProvider: String, CaseIterable, ExpressibleByArgument, Sendable, Encodable {
    case ledger, stripe
}
