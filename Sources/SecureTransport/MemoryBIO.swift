// SPDX-License-Identifier: MIT

import COpenSSL

/// OpenSSL's own buffer, for the few things that it only writes to a BIO.
enum MemoryBIO {
    /// What `write` wrote; it answers 1 for success.
    static func collect(_ action: String, _ write: (OpaquePointer) -> Int32) throws(TLSError)
        -> [UInt8]
    {
        guard let bio = BIO_new(BIO_s_mem()) else {
            throw TLSErrorQueue.drain(.configuration, doing: action)
        }
        defer { BIO_free(bio) }
        guard write(bio) == 1 else { throw TLSErrorQueue.drain(.configuration, doing: action) }
        var bytes: UnsafeMutablePointer<CChar>?
        let count = COpenSSL_bio_memory(bio, &bytes)
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}
