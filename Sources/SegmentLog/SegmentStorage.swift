// SPDX-License-Identifier: MIT

/// The directory that holds a log: a disk in the daemons, a simulated one in the simulator.
///
/// A change of names is durable only after `synchronizeDirectory`.
package protocol SegmentStorage: Sendable {
    /// The names of all files of the log.
    func fileNames() throws(StorageError) -> [String]

    /// A hint: the file is read from its beginning soon.
    func willRead(_ name: String)

    /// Opens a file for reading and writing.
    func openFile(_ name: String) throws(StorageError) -> any SegmentFile

    /// Makes a file of `byteCount` zeros, written and durable; replaces one of that name.
    func createFile(_ name: String, byteCount: Int) throws(StorageError) -> any SegmentFile

    func renameFile(_ name: String, to newName: String) throws(StorageError)

    func removeFile(_ name: String) throws(StorageError)

    /// Makes all creations, renames and removals so far durable.
    func synchronizeDirectory() throws(StorageError)
}

/// One file of a log. What `write` wrote is durable only after `synchronize`.
package protocol SegmentFile: AnyObject, Sendable {
    var byteCount: Int { get throws(StorageError) }

    /// Fills `buffer` from `offset`.
    ///
    /// - Returns: how many bytes there were; fewer than asked for only at the end of the file.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int

    /// Writes whole blocks, from memory aligned to a block, at a multiple of the block size.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError)

    func synchronize() throws(StorageError)

    /// Cuts the file; durable after `synchronize`.
    func truncate(to byteCount: Int) throws(StorageError)
}
