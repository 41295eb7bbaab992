// SPDX-License-Identifier: MIT

import COpenSSL

/// A private key on the curve P-256; freed with the object.
final class SigningKey {
    let pointer: OpaquePointer

    /// A fresh one.
    init() throws(TLSError) {
        guard let pointer = COpenSSL_new_p256_key() else {
            throw TLSErrorQueue.drain(.configuration, doing: "making a key")
        }
        self.pointer = pointer
    }

    init(pem: [UInt8]) throws(TLSError) {
        guard let bio = BIO_new_mem_buf(pem, Int32(pem.count)) else {
            throw TLSErrorQueue.drain(.configuration, doing: "reading a key")
        }
        defer { BIO_free(bio) }
        guard let pointer = PEM_read_bio_PrivateKey(bio, nil, nil, nil) else {
            throw TLSErrorQueue.drain(.configuration, doing: "reading a key")
        }
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    /// The key in clear; for a file that only its owner can read.
    func pem() throws(TLSError) -> [UInt8] {
        try MemoryBIO.collect("writing a key") { bio in
            PEM_write_bio_PrivateKey(bio, pointer, nil, nil, 0, nil, nil)
        }
    }
}
