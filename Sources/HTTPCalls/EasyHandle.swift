// SPDX-License-Identifier: MIT

import CCurl

/// One libcurl easy handle and the memory that it points to.
///
/// SAFETY: used by one thread at a time: the caller's while it is set up, then the loop's.
final class EasyHandle: @unchecked Sendable {
    let raw: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText: UnsafeMutablePointer<CChar>
    private var payload: UnsafeMutableBufferPointer<UInt8>?
    private var payloadOffset = 0

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    init(_ configuration: HTTPCallerConfiguration) throws(HTTPCallError) {
        guard Self.isReady, let raw = curl_easy_init() else {
            throw HTTPCallError(.overloaded, .notApplied, "libcurl cannot make a handle")
        }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try set(CURLOPT_ERRORBUFFER, pointer: errorText)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_USERAGENT, configuration.userAgent)
        if let trustRoots = configuration.trustRoots ?? SystemTrust.file {
            try set(CURLOPT_CAINFO, trustRoots)
        }
    }

    deinit {
        curl_easy_cleanup(raw)
        for list in lists { curl_slist_free_all(list) }
        payload?.deallocate()
        errorText.deallocate()
    }

    /// What libcurl says of the last failure, or the general name of `code`.
    func message(_ code: CURLcode) -> String {
        errorText[0] == 0
            ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPCallError) {
        try check(ccurl_set_long(raw, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(HTTPCallError) {
        guard !value.utf8.contains(0) else {
            throw HTTPCallError(.invalidRequest, .notApplied, "a text holds a zero byte")
        }
        try check(ccurl_set_string(raw, option, value))
    }

    func set(_ option: CURLoption, pointer: UnsafeRawPointer?) throws(HTTPCallError) {
        try check(ccurl_set_pointer(raw, option, pointer))
    }

    func set(_ option: CURLoption, _ duration: Duration) throws(HTTPCallError) {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        // Zero would stand for "no limit".
        try set(option, max(1, Int(milliseconds)))
    }

    func set(_ option: CURLoption, list texts: [String]) throws(HTTPCallError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts { list = curl_slist_append(list, text) }
        guard let list else { return }
        lists.append(list)
        try check(ccurl_set_list(raw, option, list))
    }

    /// Keeps a copy of `bytes` for as long as this handle lives.
    func keep(_ bytes: [UInt8]) -> UnsafeRawPointer? {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
        _ = copy.initialize(from: bytes)
        payload = UnsafeMutableBufferPointer(rebasing: copy[..<bytes.count])
        return UnsafeRawPointer(copy.baseAddress)
    }

    /// Moves the next bytes of what `keep` holds to libcurl.
    func readPayload(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let payload else { return 0 }
        let count = min(buffer.count, payload.count - payloadOffset)
        let rest = UnsafeMutableBufferPointer(
            rebasing: payload[payloadOffset..<payloadOffset + count])
        buffer.copyMemory(from: UnsafeRawBufferPointer(rest))
        payloadOffset += count
        return count
    }

    private func check(_ code: CURLcode) throws(HTTPCallError) {
        guard code == CURLE_OK else {
            throw HTTPCallError(.invalidRequest, .notApplied, message(code))
        }
    }
}
