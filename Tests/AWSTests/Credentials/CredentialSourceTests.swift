// SPDX-License-Identifier: MIT
import Testing

@testable import AWS

@Suite struct CredentialSourceTests {
    @Test func `keys in the environment come before the file it names`() async throws {
        let source = try #require(
            CredentialSource(environment: [
                "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_SESSION_TOKEN": "token", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
            ]))
        let expected = AWSCredentials(
            accessKey: "key", secretKey: "secret", sessionToken: "token")
        #expect(try await source.read() == expected)
    }

    @Test func `half a key is no source`() {
        let environment = ["AWS_ACCESS_KEY_ID": "key", "AWS_EC2_METADATA_DISABLED": "true"]
        #expect(CredentialSource(environment: environment) == nil)
    }

    @Test func `a file that cannot be read is a typed error`() async {
        let source = CredentialSource(environment: ["AWS_SHARED_CREDENTIALS_FILE": "/no/such"])
        await #expect(throws: AWSError.self) { try await source?.read() }
    }

    @Test func `a profile is found among comments and spaces`() {
        let file = CredentialsFile(
            """
            # People
            [default]
            aws_access_key_id=first
            aws_secret_access_key = one=two

            ; Machines
            [ bridge ]
              aws_access_key_id =  second
            aws_secret_access_key=s
            aws_session_token=t
            [broken]
            aws_access_key_id = third
            """)
        #expect(
            file.credentials(profile: "default")
                == AWSCredentials(accessKey: "first", secretKey: "one=two"))
        #expect(
            file.credentials(profile: "bridge")
                == AWSCredentials(accessKey: "second", secretKey: "s", sessionToken: "t"))
        #expect(file.credentials(profile: "broken") == nil)
        #expect(file.credentials(profile: "other") == nil)
    }

    @Test func `no description shows a secret`() {
        let credentials = AWSCredentials(
            accessKey: "key", secretKey: "hidden", sessionToken: "dark")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("hidden") && !text.contains("dark"))
        }
    }
}
