// SPDX-License-Identifier: MIT

import Glibc

/// The process's standard error, one write a line so that lines of several threads do not mix.
enum StandardError {
    static func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                // Nowhere is left to report that standard error is gone.
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
