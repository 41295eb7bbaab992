// SPDX-License-Identifier: MIT

import CCurl

/// One call under way: its handle, what has come back so far, and who waits for it.
///
/// SAFETY: made by the caller, then touched by the loop's thread only.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPResponse, HTTPCallError>

    /// Header lines of one answer; more is no answer worth having.
    static let headerByteCountMax = 64 << 10

    let identifier: UInt64
    let handle: EasyHandle
    let addressPolicy: AddressPolicy
    private let responseByteCountMax: Int
    private let continuation: CheckedContinuation<Outcome, Never>

    private var headers: [(name: String, value: String)] = []
    private var headerByteCount = 0
    private var body: [UInt8] = []
    /// Why a callback of ours ended the transfer; libcurl only knows that one did.
    private var ownFailure: HTTPCallError.Code?

    init(
        identifier: UInt64, handle: EasyHandle, addressPolicy: AddressPolicy,
        responseByteCountMax: Int, continuation: CheckedContinuation<Outcome, Never>
    ) {
        self.identifier = identifier
        self.handle = handle
        self.addressPolicy = addressPolicy
        self.responseByteCountMax = responseByteCountMax
        self.continuation = continuation
    }

    /// False ends the transfer.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= responseByteCountMax else {
            ownFailure = .responseTooLarge
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    /// False ends the transfer.
    func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerByteCount += bytes.count
        guard headerByteCount <= Self.headerByteCountMax else {
            ownFailure = .responseTooLarge
            return false
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") { headers.removeAll() }
        if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...]
            headers.append((String(line[..<colon]), Self.trimmed(value)))
        }
        return true
    }

    func refuseAddress() { ownFailure = .addressRefused }

    /// Tells the waiting caller; `code` is how libcurl ended.
    func finish(_ code: CURLcode) {
        guard code != CURLE_OK else {
            let response = HTTPResponse(status: reply, headers: headers, body: body)
            return continuation.resume(returning: .success(response))
        }
        let reason = ownFailure ?? Self.reason(code)
        fail(reason, message: handle.message(code))
    }

    /// Tells the waiting caller that no answer will come.
    func fail(_ code: HTTPCallError.Code, message: String) {
        continuation.resume(
            returning: .failure(HTTPCallError(code, effect, message, reply: reply)))
    }

    private var reply: Int {
        var status = 0
        ccurl_get_long(handle.raw, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// Sent bytes decide: libcurl counts those of the request line and headers, and of a body.
    private var effect: HTTPCallError.Effect {
        var requestByteCount = 0
        ccurl_get_long(handle.raw, CURLINFO_REQUEST_SIZE, &requestByteCount)
        var uploadByteCount: curl_off_t = 0
        ccurl_get_size(handle.raw, CURLINFO_SIZE_UPLOAD_T, &uploadByteCount)
        return requestByteCount + uploadByteCount > 0 ? .maybeApplied : .notApplied
    }

    private static func reason(_ code: CURLcode) -> HTTPCallError.Code {
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST: .nameNotResolved
        case CURLE_COULDNT_CONNECT: .connectFailed
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_USE_SSL_FAILED, CURLE_SSL_CERTPROBLEM:
            .tlsFailed
        case CURLE_LOGIN_DENIED, CURLE_WEIRD_SERVER_REPLY: .refused
        default: .connectionLost
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }
}
