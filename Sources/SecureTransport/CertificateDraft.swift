// SPDX-License-Identifier: MIT

import COpenSSL

/// A certificate in the making, or one read back; freed with the object.
final class CertificateDraft {
    private let pointer: OpaquePointer

    private static let secondsPerDay = 86_400
    /// Clocks of two machines may differ by so much.
    private static let clockSkewSeconds = 3_600
    private static let serialBitCount: Int32 = 127

    /// Unsigned, for the key, with a random serial number, valid from an hour ago.
    init(key: SigningKey, commonName: String, validDays: Int) throws(TLSError) {
        guard let pointer = X509_new() else {
            throw TLSErrorQueue.drain(.configuration, doing: "making a certificate")
        }
        self.pointer = pointer
        let subject = X509_get_subject_name(pointer)
        let name = Array(commonName.utf8)
        // X.509 writes version 3 as 2.
        guard X509_set_version(pointer, 2) == 1, setSerialNumber(),
            X509_set_pubkey(pointer, key.pointer) == 1,
            X509_gmtime_adj(X509_getm_notBefore(pointer), -Self.clockSkewSeconds) != nil,
            X509_gmtime_adj(X509_getm_notAfter(pointer), validDays * Self.secondsPerDay) != nil,
            X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, Int32(name.count), -1, 0)
                == 1
        else { throw TLSErrorQueue.drain(.configuration, doing: "filling a certificate") }
    }

    init(pem: [UInt8]) throws(TLSError) {
        guard let bio = BIO_new_mem_buf(pem, Int32(pem.count)) else {
            throw TLSErrorQueue.drain(.configuration, doing: "reading a certificate")
        }
        defer { BIO_free(bio) }
        guard let pointer = PEM_read_bio_X509(bio, nil, nil, nil) else {
            throw TLSErrorQueue.drain(.configuration, doing: "reading a certificate")
        }
        self.pointer = pointer
    }

    deinit { X509_free(pointer) }

    /// Adds an extension in OpenSSL's textual form; without an issuer the certificate is its own.
    func add(_ nid: Int32, _ value: String, issuer: CertificateDraft?) throws(TLSError) {
        guard COpenSSL_add_extension(pointer, issuer?.pointer ?? pointer, nid, value) == 1 else {
            throw TLSErrorQueue.drain(.configuration, doing: "adding \(value)")
        }
    }

    func sign(by issuer: CertificateDraft?, key: SigningKey) throws(TLSError) {
        let issuerName = X509_get_subject_name(issuer?.pointer ?? pointer)
        guard X509_set_issuer_name(pointer, issuerName) == 1,
            X509_sign(pointer, key.pointer, EVP_sha256()) > 0
        else { throw TLSErrorQueue.drain(.configuration, doing: "signing a certificate") }
    }

    func pem() throws(TLSError) -> [UInt8] {
        try MemoryBIO.collect("writing a certificate") { PEM_write_bio_X509($0, pointer) }
    }

    private func setSerialNumber() -> Bool {
        guard let number = BN_new() else { return false }
        defer { BN_free(number) }
        return BN_rand(number, Self.serialBitCount, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil
    }
}
