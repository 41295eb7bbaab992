// SPDX-License-Identifier: MIT
// OpenSSL, and in functions what it offers only as macros or typed stacks, which Swift cannot import.
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

// TLS 1.3 only, no tickets, no resumption: each connection proves its certificate.
static inline int COpenSSL_context_require_tls13(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    return SSL_CTX_set_num_tickets(context, 0) == 1
        && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1
        && SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1;
}

// A write may be repeated from another address, and may take a part.
static inline void COpenSSL_context_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE);
}

static inline int COpenSSL_context_send_client_roots(SSL_CTX *context, const char *path) {
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);
    if (names == NULL) { return 0; }
    SSL_CTX_set_client_CA_list(context, names);
    return 1;
}

static inline int COpenSSL_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline void COpenSSL_bio_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void COpenSSL_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int COpenSSL_error_library(unsigned long code) { return ERR_GET_LIB(code); }
static inline int COpenSSL_error_reason(unsigned long code) { return ERR_GET_REASON(code); }

// The count of URI names in a certificate that begin with the prefix; *text is the last one's
// bytes, a copy to be released with COpenSSL_free.
static inline int COpenSSL_uri_names(
    X509 *certificate, const char *prefix, char **text, int *byte_count) {
    int count = 0;
    size_t prefix_byte_count = strlen(prefix);
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(
        certificate, NID_subject_alt_name, NULL, NULL);
    *text = NULL;
    *byte_count = 0;
    for (int index = 0; names != NULL && index < sk_GENERAL_NAME_num(names); index++) {
        GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        if (name->type != GEN_URI) { continue; }
        const unsigned char *bytes = ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
        size_t length = (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier);
        if (length < prefix_byte_count || memcmp(bytes, prefix, prefix_byte_count) != 0) { continue; }
        count++;
        OPENSSL_free(*text);
        *byte_count = (int)length;
        *text = (char *)OPENSSL_memdup(bytes, length);
    }
    GENERAL_NAMES_free(names);
    return count;
}

static inline void COpenSSL_free(void *memory) { OPENSSL_free(memory); }

static inline EVP_PKEY *COpenSSL_new_p256_key(void) { return EVP_EC_gen("P-256"); }

// Adds one extension from its textual form; issuer may be the certificate itself.
static inline int COpenSSL_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) { return 0; }
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static inline long COpenSSL_bio_memory(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }
