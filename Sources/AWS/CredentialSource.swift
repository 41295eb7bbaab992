// SPDX-License-Identifier: MIT
import FoundationEssentials

/// Where credentials are read from. Asked for each call, so that those that are rotated take effect.
package enum CredentialSource: Sendable {
    case fixed(AWSCredentials)

    /// A file in the form of `~/.aws/credentials`, and the name of one section in it.
    case file(path: String, profile: String)

    /// The role of a task of ECS, or of a pod, from the address that its environment names.
    case container(ContainerCredentials)

    /// The keys of the environment if it holds them, else the file that it names, else the address.
    ///
    /// Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, then
    /// AWS_SHARED_CREDENTIALS_FILE and AWS_PROFILE, then what `ContainerCredentials` reads. Nil when none
    /// of them is there.
    package init?(environment: [String: String]) {
        if let access = environment["AWS_ACCESS_KEY_ID"],
            let secret = environment["AWS_SECRET_ACCESS_KEY"]
        {
            let token = environment["AWS_SESSION_TOKEN"]
            self = .fixed(
                AWSCredentials(accessKey: access, secretKey: secret, sessionToken: token))
        } else if let path = environment["AWS_SHARED_CREDENTIALS_FILE"] {
            self = .file(path: path, profile: environment["AWS_PROFILE"] ?? "default")
        } else if let container = ContainerCredentials(environment: environment) {
            self = .container(container)
        } else {
            return nil
        }
    }

    /// The credentials as they are now.
    ///
    /// Throws `badCredentials` when the file cannot be read or lacks the profile, or when the address gives
    /// none; `unavailable` when it does not answer.
    package func read() async throws(AWSError) -> AWSCredentials {
        switch self {
        case .fixed(let credentials):
            return credentials
        case .container(let container):
            return try await container.read()
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
