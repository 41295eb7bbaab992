// SPDX-License-Identifier: MIT

import FoundationEssentials
import Testing

@testable import Daemon

@Suite struct ConfigurationFileTests {
    private func values(_ json: String) throws -> [String: String] {
        try ConfigurationFile(json: Data(json.utf8), path: "test.json").values
    }

    @Test func `nested names become dotted keys`() throws {
        let json = #"{"listen": {"port": 9101, "host": "::1"}, "a": {"b": {"c": true, "d": null}}}"#
        #expect(
            try values(json) == ["listen.port": "9101", "listen.host": "::1", "a.b.c": "true"])
    }

    @Test func `lists are joined by commas`() throws {
        #expect(try values(#"{"allow": ["a", "b", 3]}"#) == ["allow": "a,b,3"])
    }

    @Test(arguments: ["", "[]", "{", "7", #"{"a": [{}]}"#])
    func `anything but an object of scalars is refused`(json: String) {
        #expect(throws: ConfigurationError.self) { try values(json) }
    }

    @Test func `a file that is not there is named`() {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationFile(path: "/nowhere/x.json")
        }
        #expect(error?.code == .unreadableFile)
        #expect(error?.key == "/nowhere/x.json")
    }
}
