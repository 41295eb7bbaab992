// SPDX-License-Identifier: MIT
import CLinux
import Glibc

/// A file system as a whole.
package struct FileSystem {
    /// Brings all that was written to the file system of the open `descriptor` to its disk; blocks.
    ///
    /// - Returns: nil, or the error number; also when something failed since the last call with the
    ///   same descriptor, or since it was opened (syncfs(2), Linux 5.8 and later).
    package static func sync(of descriptor: Int32) -> Int32? {
        mesh_sync_file_system(descriptor) == 0 ? nil : errno
    }
}
