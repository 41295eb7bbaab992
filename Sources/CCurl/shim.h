// SPDX-License-Identifier: MIT
#pragma once
#include <curl/curl.h>

// Swift cannot call variadic functions: one function here per type of argument. The parentheses
// keep curl's type-checking macros out of the way.

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_write_function(CURL *easy, curl_write_callback value) {
    return (curl_easy_setopt)(easy, CURLOPT_WRITEFUNCTION, value);
}

static inline CURLcode ccurl_set_header_function(CURL *easy, curl_write_callback value) {
    return (curl_easy_setopt)(easy, CURLOPT_HEADERFUNCTION, value);
}

static inline CURLcode ccurl_set_read_function(CURL *easy, curl_read_callback value) {
    return (curl_easy_setopt)(easy, CURLOPT_READFUNCTION, value);
}

static inline CURLcode ccurl_set_open_socket_function(CURL *easy, curl_opensocket_callback value) {
    return (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}

static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode ccurl_get_size(CURL *easy, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

/// The outcome of a transfer that ended; Swift does not see into the union that holds it.
static inline CURLcode ccurl_message_result(const CURLMsg *message) {
    return message->data.result;
}
