// SPDX-License-Identifier: MIT

import CCurl

extension EasyHandle {
    /// A handle set up to hand `message` to `server`.
    convenience init(
        _ message: MailMessage, _ server: MailServer, _ configuration: HTTPCallerConfiguration
    ) throws(HTTPCallError) {
        let addresses = message.recipients + [message.from]
        guard !message.recipients.isEmpty, addresses.allSatisfy(MailMessage.isAddress) else {
            throw HTTPCallError(.invalidRequest, .notApplied, "malformed mail address")
        }
        try self.init(configuration)
        try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        try set(CURLOPT_URL, server.url)
        try set(CURLOPT_TIMEOUT_MS, server.timeout)
        if server.isTLSRequired { try set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let username = server.username { try set(CURLOPT_USERNAME, username) }
        if let password = server.password { try set(CURLOPT_PASSWORD, password) }
        try set(CURLOPT_MAIL_FROM, "<\(message.from)>")
        try set(CURLOPT_MAIL_RCPT, list: message.recipients.map { "<\($0)>" })
        try set(CURLOPT_UPLOAD, 1)
        _ = ccurl_set_size(raw, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.content.count))
        _ = keep(message.content)
    }
}
