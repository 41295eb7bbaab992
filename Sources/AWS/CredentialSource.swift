// SPDX-License-Identifier: MIT
import FoundationEssentials

/// Where credentials are read from. Read again for each call, so that a rotated file takes effect.
package enum CredentialSource: Sendable {
    case fixed(AWSCredentials)

    /// A file in the form of `~/.aws/credentials`, and the name of one section in it.
    case file(path: String, profile: String)

    /// The keys of the environment if it holds them, else the file that it names.
    ///
    /// Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, then
    /// AWS_SHARED_CREDENTIALS_FILE and AWS_PROFILE. Nil when neither is there.
    package init?(environment: [String: String]) {
        if let access = environment["AWS_ACCESS_KEY_ID"],
            let secret = environment["AWS_SECRET_ACCESS_KEY"]
        {
            let token = environment["AWS_SESSION_TOKEN"]
            self = .fixed(
                AWSCredentials(accessKey: access, secretKey: secret, sessionToken: token))
        } else if let path = environment["AWS_SHARED_CREDENTIALS_FILE"] {
            self = .file(path: path, profile: environment["AWS_PROFILE"] ?? "default")
        } else {
            return nil
        }
    }

    /// The credentials as they are now.
    ///
    /// Throws `badCredentials` when the file cannot be read or lacks the profile.
    package func read() throws(AWSError) -> AWSCredentials {
        switch self {
        case .fixed(let credentials):
            return credentials
        case .file(let path, let profile):
            let text: String
            do {
                text = try String(contentsOfFile: path, encoding: .utf8)
            } catch {
                throw .badCredentials("cannot read the credentials file \(path)")
            }
            guard let credentials = CredentialsFile(text).credentials(profile: profile) else {
                throw .badCredentials("no complete profile [\(profile)] in \(path)")
            }
            return credentials
        }
    }
}
