// SPDX-License-Identifier: MIT

import COpenSSL
import Glibc

/// OpenSSL's error queue. It belongs to the thread: drain it before anything can suspend.
enum TLSErrorQueue {
    /// Forgets what earlier calls on this thread left behind.
    static func clear() { ERR_clear_error() }

    /// Empties the queue into one error. `fallback` names the kind when OpenSSL's reason does not.
    static func drain(_ fallback: TLSError.Code, doing action: String) -> TLSError {
        var code = fallback
        var reasons: [String] = []
        while true {
            let entry = ERR_get_error()
            guard entry != 0 else { break }
            if COpenSSL_error_library(entry) == ERR_LIB_SSL, reasons.isEmpty {
                code = kind(COpenSSL_error_reason(entry)) ?? fallback
            }
            let reason = text(entry)
            // What OpenSSL adds to an error of the system says nothing more.
            if reason != "system lib" || reasons.isEmpty { reasons.append(reason) }
        }
        return TLSError(
            code,
            "\(action): \(reasons.isEmpty ? "no reason given" : reasons.joined(separator: "; "))")
    }

    /// `ERR_SYSTEM_FLAG`: the rest of the entry is an `errno`.
    private static let systemFlag: UInt = 0x8000_0000

    private static func text(_ entry: UInt) -> String {
        if entry & systemFlag != 0 {
            return String(cString: strerror(Int32(truncatingIfNeeded: entry & (systemFlag - 1))))
        }
        guard let reason = ERR_reason_error_string(entry) else { return "error \(entry)" }
        return String(cString: reason)
    }

    private static func kind(_ reason: Int32) -> TLSError.Code? {
        switch reason {
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: .notTLS
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_VERSION_TOO_LOW,
            SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            .unsupportedVersion
        case SSL_R_NO_APPLICATION_PROTOCOL, SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL:
            .protocolMismatch
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: .certificateMissing
        case SSL_R_CERTIFICATE_VERIFY_FAILED: .untrustedPeer
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: .truncated
        case SSL_AD_REASON_OFFSET...(SSL_AD_REASON_OFFSET + 255): .refusedByPeer
        default: nil
        }
    }
}
