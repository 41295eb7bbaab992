// SPDX-License-Identifier: MIT

/// The contents of a credentials file: sections of `key = value` lines, `#` and `;` for comments.
struct CredentialsFile {
    private var profiles: [String: [String: String]] = [:]

    init(_ text: String) {
        var profile = "default"
        for line in text.split(whereSeparator: \.isNewline) {
            let line = Self.trimmed(line)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                profile = Self.trimmed(line.dropFirst().dropLast())
            } else if let equals = line.firstIndex(of: "=") {
                let key = Self.trimmed(line[..<equals]).lowercased()
                profiles[profile, default: [:]][key] =
                    Self.trimmed(line[line.index(after: equals)...])
            }
        }
    }

    /// Nil when the profile, its key id or its secret is missing.
    func credentials(profile: String) -> AWSCredentials? {
        guard let values = profiles[profile],
            let access = values["aws_access_key_id"],
            let secret = values["aws_secret_access_key"]
        else { return nil }
        return AWSCredentials(
            accessKey: access, secretKey: secret, sessionToken: values["aws_session_token"])
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}
