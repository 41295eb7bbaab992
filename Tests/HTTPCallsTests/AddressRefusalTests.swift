// SPDX-License-Identifier: MIT

import Glibc
import TestSupport
import Testing

@testable import HTTPCalls

/// However an address inside is spelt, it is refused where the socket would connect, before a byte is
/// sent.
@Suite struct AddressRefusalTests {
    private static func get(
        _ url: String, _ policy: AddressPolicy
    ) async throws(HTTPCallError) -> HTTPResponse {
        try await HTTPCaller(HTTPCallerConfiguration(addressPolicy: policy))
            .perform(HTTPRequest(url: url))
    }

    @Test(arguments: [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
        "017700000001",
        "0", "0.0.0.0", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]",
        "169.254.169.254", "10.0.0.1", "100.64.0.1", "[::ffff:169.254.169.254]", "2852039166",
        "user:password@127.0.0.1",
    ])
    func `an address inside is refused in every spelling`(host: String) async throws {
        let receiver = try await HTTPReceiver { _ in .respond(200) }
        let error = await #expect(throws: HTTPCallError.self) {
            try await Self.get("http://\(host):\(receiver.port)/", .publicOnly)
        }
        // Some spellings are no host to libcurl at all, which is as good.
        let codes: [HTTPCallError.Code] = [.addressRefused, .nameNotResolved, .invalidRequest]
        #expect(codes.contains(error?.code ?? .timedOut), "\(host): \(error?.description ?? "")")
        #expect(error?.effect == .notApplied)
        #expect(receiver.connectionCount == 0)
        try await receiver.stop()
    }

    @Test(arguments: ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost"])
    func `the common spellings are refused by address, and reach it where all are allowed`(
        host: String
    ) async throws {
        let receiver = try await HTTPReceiver { _ in .respond(200) }
        let url = "http://\(host):\(receiver.port)/"
        #expect(try await Self.get(url, .any).status == 200)
        let error = await #expect(throws: HTTPCallError.self) {
            try await Self.get(url, .publicOnly)
        }
        #expect(error?.code == .addressRefused)
        #expect(receiver.connectionCount == 1)
        try await receiver.stop()
    }

    @Test func `a redirect inside is an answer, and is not followed`() async throws {
        let inside = try await HTTPReceiver { _ in .respond(200) }
        let location = inside.url
        let receiver = try await HTTPReceiver { _ in
            .respond(307, headers: [("Location", location)])
        }
        #expect(try await Self.get(receiver.url, .any).status == 307)
        #expect(inside.connectionCount == 0)
        try await receiver.stop()
        try await inside.stop()
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "dict://x"])
    func `nothing but HTTP is spoken`(url: String) async throws {
        let error = await #expect(throws: HTTPCallError.self) { try await Self.get(url, .any) }
        #expect(error?.code == .invalidRequest)
    }

    @Test(arguments: ["http_proxy", "all_proxy", "ALL_PROXY"])
    func `a proxy of the environment is not used`(variable: String) async throws {
        let proxy = try await HTTPReceiver { _ in .respond(200) }
        let receiver = try await HTTPReceiver { _ in .respond(204) }
        setenv(variable, proxy.url, 1)
        defer { unsetenv(variable) }
        #expect(try await Self.get(receiver.url, .any).status == 204)
        #expect(proxy.connectionCount == 0)
        try await receiver.stop()
        try await proxy.stop()
    }
}
