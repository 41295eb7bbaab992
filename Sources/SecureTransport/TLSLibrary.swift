// SPDX-License-Identifier: MIT
import COpenSSL

/// OpenSSL as a whole, as long as the process lives.
package enum TLSLibrary {
    /// Keeps OpenSSL's tables until the process is gone. Call it first in `main`.
    ///
    /// Otherwise `exit` frees them while other threads still decrypt or hash: a program that has said
    /// that all went well then ends with SIGSEGV. See `OPENSSL_INIT_NO_ATEXIT` in
    /// OPENSSL_init_crypto(3); it has no effect once OpenSSL has been used.
    package static func keepUntilProcessEnds() {
        let status = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
        precondition(status == 1, "OpenSSL cannot start")
    }
}
