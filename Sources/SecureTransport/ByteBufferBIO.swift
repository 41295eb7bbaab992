// SPDX-License-Identifier: MIT

import COpenSSL

/// The BIO that gives OpenSSL the ciphertext of a `TLSConnection`'s two buffers, without a copy of
/// its own.
///
// SAFETY: the method table is made once, before its first use, and only read after.
struct ByteBufferBIO: @unchecked Sendable {
    static let method = ByteBufferBIO()
    private let pointer: OpaquePointer?

    private init() {
        pointer = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "order-mesh buffer")
        guard let pointer else { return }
        BIO_meth_set_create(pointer) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
        BIO_meth_set_read_ex(pointer, readCiphertext)
        BIO_meth_set_write_ex(pointer, writeCiphertext)
        BIO_meth_set_ctrl(pointer) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    }

    /// A BIO whose data pointer is the connection, which must outlive it; nil when memory is out.
    func make(for connection: TLSConnection) -> OpaquePointer? {
        guard let pointer, let bio = BIO_new(pointer) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(connection).toOpaque())
        return bio
    }
}

private func connection(of bio: OpaquePointer?) -> TLSConnection? {
    guard let bio, let data = BIO_get_data(bio) else { return nil }
    return Unmanaged<TLSConnection>.fromOpaque(data).takeUnretainedValue()
}

private func readCiphertext(
    _ bio: OpaquePointer?, into bytes: UnsafeMutablePointer<CChar>?, byteCountMax: Int,
    byteCount: UnsafeMutablePointer<Int>?
) -> Int32 {
    COpenSSL_bio_clear_retry(bio)
    guard let connection = connection(of: bio), let bytes else { return 0 }
    let count = connection.takeCiphertext(
        into: UnsafeMutableRawBufferPointer(start: bytes, count: byteCountMax))
    byteCount?.pointee = count
    guard count == 0 else { return 1 }
    COpenSSL_bio_retry_read(bio)
    return 0
}

private func writeCiphertext(
    _ bio: OpaquePointer?, from bytes: UnsafePointer<CChar>?, byteCount: Int,
    written: UnsafeMutablePointer<Int>?
) -> Int32 {
    COpenSSL_bio_clear_retry(bio)
    guard let connection = connection(of: bio), let bytes else { return 0 }
    connection.giveCiphertext(UnsafeRawBufferPointer(start: bytes, count: byteCount))
    written?.pointee = byteCount
    return 1
}
