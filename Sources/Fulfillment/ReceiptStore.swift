// SPDX-License-Identifier: MIT

/// Where receipts are put, so that they outlive the stage: its own disk, or the mesh's receipt service.
protocol ReceiptStore: Sendable {
    var naming: ReceiptNaming { get }

    /// Puts each file. Harmless to repeat with the same bytes. Blocks.
    ///
    /// - Precondition: the names differ.
    /// - Returns: what was refused, by name.
    func keep(_ files: [ReceiptDirectory.File]) -> [String: ReceiptRefusal]
}

/// Why a receipt was not taken.
struct ReceiptRefusal: Equatable, Sendable {
    let reason: String
    /// Whether any other receipt would have been refused as well: no order's fault.
    let isOfTheStore: Bool
}

/// What receipts are called.
enum ReceiptNaming: Sendable {
    /// By their order: what is written again takes the place of what was there.
    case byOrder
    /// By their order and their bytes, where nothing that is there is ever changed: what was put for a
    /// charge that was then reversed must not be in the way of what the next one says.
    case byContent
}

extension ReceiptDirectory: ReceiptStore {
    var naming: ReceiptNaming { .byOrder }

    func keep(_ files: [File]) -> [String: ReceiptRefusal] {
        write(files).mapValues { ReceiptRefusal(reason: "\($0)", isOfTheStore: true) }
    }
}
