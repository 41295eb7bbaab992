// SPDX-License-Identifier: MIT
import Glibc
import Orders

/// Up to when the receipts in a directory are surely on its disk, by the database's clock: a file beside
/// them, so that it goes where they go.
struct ReceiptMark {
    /// Milliseconds since 1970, a decimal number and a line feed.
    static let name = ".synced"

    private let directory: ReceiptDirectory

    init(in directory: ReceiptDirectory) { self.directory = directory }

    /// Nil when there is none: a new directory, or one from before there were marks.
    ///
    /// - Throws: when there is one that says nothing, which no crash leaves behind.
    func read() throws(ReceiptError) -> MeshInstant? {
        guard let bytes = try directory.read(Self.name) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasSuffix("\n"), let milliseconds = UInt64(text.dropLast()) else {
            throw ReceiptError(
                action: "understand", path: "\(directory.path)/\(Self.name)", code: EINVAL)
        }
        return MeshInstant(milliseconds: milliseconds)
    }

    /// Writes it: the old one or the new one is there whatever happens. Which does not matter, both
    /// are true.
    func write(_ instant: MeshInstant) throws(ReceiptError) {
        let file = ReceiptDirectory.File(
            name: Self.name, bytes: Array("\(instant.milliseconds)\n".utf8), isSynced: true)
        if let error = directory.write([file])[Self.name] { throw error }
    }
}
