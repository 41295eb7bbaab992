// SPDX-License-Identifier: MIT
import FoundationEssentials

/// Where credentials are read from. Asked for each call, so that those that are rotated take effect.
package enum CredentialSource: Sendable {
    case fixed(AWSCredentials)

    /// A file in the form of `~/.aws/credentials`, and the name of one section in it.
    case file(path: String, profile: String)

    /// The role of a task of ECS, of a pod, or of an EC2 instance, from the address that answers there.
    case role(RoleCredentials)

    /// The keys of the environment if it holds them, else the file that it names, else the container's
    /// address that it names, else the metadata service of the instance.
    ///
    /// Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, then
    /// AWS_SHARED_CREDENTIALS_FILE and AWS_PROFILE, then what `ContainerEndpoint` and `InstanceMetadata`
    /// read; what is empty is not there. Nil when the first three are not there and the last is disabled,
    /// and when the container's address may not be asked: no other role acts in the place of one that was named.
    ///
    /// Whether there is an instance at all is not known before the first `read`.
    package init?(environment: [String: String]) {
        let environment = environment.filter { !$0.value.isEmpty }
        if let access = environment["AWS_ACCESS_KEY_ID"],
            let secret = environment["AWS_SECRET_ACCESS_KEY"]
        {
            let token = environment["AWS_SESSION_TOKEN"]
            self = .fixed(
                AWSCredentials(accessKey: access, secretKey: secret, sessionToken: token))
        } else if let path = environment["AWS_SHARED_CREDENTIALS_FILE"] {
            self = .file(path: path, profile: environment["AWS_PROFILE"] ?? "default")
        } else if ContainerEndpoint.isNamed(in: environment) {
            guard let container = ContainerEndpoint(environment: environment) else { return nil }
            self = .role(RoleCredentials(container))
        } else if let instance = InstanceMetadata(environment: environment) {
            self = .role(RoleCredentials(instance))
        } else {
            return nil
        }
    }

    /// The credentials as they are now.
    ///
    /// Throws `badCredentials` when the file cannot be read or lacks the profile, or when the role's address
    /// gives none; `unavailable` when it does not answer.
    package func read() async throws(AWSError) -> AWSCredentials {
        switch self {
        case .fixed(let credentials):
            return credentials
        case .role(let role):
            return try await role.read()
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
