// SPDX-License-Identifier: MIT

import Testing

@testable import Notification

@Suite struct WebhookSignatureTests {
    /// The example of the Standard Webhooks libraries.
    private let body = Array(#"{"test": 2432232314}"#.utf8)
    private let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private let key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @Test func `a signature is that of the Standard Webhooks libraries`() {
        let signature = WebhookSignature(
            secret: "whsec_" + key, id: id, timestamp: 1_614_265_330, body: body)
        #expect(signature?.header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `the prefix of a secret may be missing`() {
        let with = WebhookSignature(secret: "whsec_" + key, id: id, timestamp: 1, body: body)
        #expect(with == WebhookSignature(secret: key, id: id, timestamp: 1, body: body))
    }

    @Test(arguments: ["", "whsec_", "whsec_not base64!"])
    func `a secret that is no key signs nothing`(secret: String) {
        #expect(WebhookSignature(secret: secret, id: id, timestamp: 1, body: body) == nil)
    }
}
