// SPDX-License-Identifier: MIT

import CCurl

extension EasyHandle {
    /// A handle set up for `request`.
    convenience init(
        _ request: HTTPRequest, _ configuration: HTTPCallerConfiguration
    ) throws(HTTPCallError) {
        try self.init(configuration)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout)
        try set(CURLOPT_TIMEOUT_MS, request.timeout)
        // A large body waits for the peer's go-ahead only this long.
        try set(CURLOPT_EXPECT_100_TIMEOUT_MS, 200)
        try setMethod(request)
        try setHeaders(request)
        if let signature = request.signature { try sign(signature) }
    }

    private func setMethod(_ request: HTTPRequest) throws(HTTPCallError) {
        let isToken = request.method.utf8.allSatisfy { (0x41...0x5A).contains($0) }
        guard isToken, !request.method.isEmpty else {
            throw HTTPCallError(.invalidRequest, .notApplied, "no method: '\(request.method)'")
        }
        switch request.method {
        case "GET" where request.body.isEmpty: try set(CURLOPT_HTTPGET, 1)
        case "HEAD": try set(CURLOPT_NOBODY, 1)
        default:
            // A body goes by POSTFIELDS under any method: only so does a signature cover it.
            try set(CURLOPT_POST, 1)
            try set(CURLOPT_CUSTOMREQUEST, request.method)
            _ = ccurl_set_size(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            try set(CURLOPT_POSTFIELDS, pointer: keep(request.body))
        }
    }

    private func setHeaders(_ request: HTTPRequest) throws(HTTPCallError) {
        var lines: [String] = []
        var hasContentType = false
        for (name, value) in request.headers {
            guard Self.isToken(name), Self.isFieldValue(value) else {
                throw HTTPCallError(.invalidRequest, .notApplied, "malformed header '\(name)'")
            }
            // libcurl would sign it, and not send it.
            guard !value.isEmpty || request.signature == nil else {
                throw HTTPCallError(
                    .invalidRequest, .notApplied, "a signed request has no empty header '\(name)'")
            }
            if name.lowercased() == "content-type" { hasContentType = true }
            // A header without a value takes a semicolon; a colon would remove it.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        if let token = request.signature?.sessionToken {
            lines.append("X-Amz-Security-Token: \(token)")
        }
        // Else curl would call every body a form. A signed request names its type itself.
        if !hasContentType, request.signature == nil { lines.append("Content-Type:") }
        try set(CURLOPT_HTTPHEADER, list: lines)
    }

    private func sign(_ signature: AWSSignature) throws(HTTPCallError) {
        try set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
        try set(CURLOPT_USERNAME, signature.accessKey)
        try set(CURLOPT_PASSWORD, signature.secretKey)
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                let isLetter = (0x41...0x5A).contains(byte & 0xDF)
                return isLetter || (0x30...0x39).contains(byte)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
