// SPDX-License-Identifier: MIT
import Glibc

/// The authorities that this machine trusts. Each libcurl knows where its own system keeps them, and no
/// other's: a program that runs elsewhere than it was built has to look.
enum SystemTrust {
    /// Debian and its kin, then Amazon Linux and its own.
    private static let places = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    ]

    /// Nil where neither is: libcurl then looks where it was built to.
    static let file = places.first { access($0, R_OK) == 0 }
}
