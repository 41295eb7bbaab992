// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import HTTPCalls

@Suite struct HTTPCallerTests {
    private func failure(
        _ caller: HTTPCaller, _ request: HTTPRequest
    ) async -> HTTPCallError? {
        do throws(HTTPCallError) {
            _ = try await caller.perform(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a request arrives as written and its answer comes back whole`() async throws {
        let receiver = try await HTTPReceiver { _ in
            .respond(201, headers: [("X-Kind", "a"), ("x-kind", "b")], body: Array("made".utf8))
        }
        let caller = HTTPCaller()
        let request = HTTPRequest(
            method: "POST", url: receiver.url + "/a/../b?q=1",
            headers: [("Content-Type", "application/json"), ("X-Empty", "")],
            body: Array("{\"n\":1}\0".utf8))
        let response = try await caller.perform(request)
        #expect(response.status == 201)
        #expect(response.header("X-KIND") == "b")
        #expect(response.body == Array("made".utf8))
        let got = try #require(receiver.requests.first)
        #expect(got.method == "POST")
        #expect(got.path == "/a/../b?q=1")
        #expect(got.body == request.body)
        #expect(got.header("content-type") == "application/json")
        #expect(got.header("x-empty")?.isEmpty == true)
        try await receiver.stop()
    }

    @Test(arguments: ["GET", "PUT", "DELETE", "PATCH"])
    func `every method is sent as named`(method: String) async throws {
        let receiver = try await HTTPReceiver { _ in .respond(200) }
        let body: [UInt8] = method == "GET" ? [] : [1, 2, 3]
        _ = try await HTTPCaller().perform(
            HTTPRequest(method: method, url: receiver.url, body: body))
        #expect(receiver.requests.first?.method == method)
        #expect(receiver.requests.first?.body == body)
        #expect(receiver.requests.first?.header("content-type") == nil)
        try await receiver.stop()
    }

    @Test func `calls one after another share a connection`() async throws {
        let receiver = try await HTTPReceiver { _ in .respond(204) }
        let caller = HTTPCaller()
        for _ in 0..<5 { _ = try await caller.perform(HTTPRequest(url: receiver.url)) }
        #expect(receiver.connectionCount == 1)
        try await receiver.stop()
    }

    @Test func `many calls at once all end`() async throws {
        let receiver = try await HTTPReceiver { .respond(200, body: Array($0.path.utf8)) }
        let caller = HTTPCaller()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let request = HTTPRequest(url: receiver.url + "/\(index)")
                    return try await caller.perform(request).body == Array("/\(index)".utf8)
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(receiver.connectionCount <= 16)
        try await receiver.stop()
    }

    @Test func `a redirect is an answer and is not followed`() async throws {
        let receiver = try await HTTPReceiver { _ in
            .respond(302, headers: [("Location", "http://169.254.169.254/")])
        }
        #expect(try await HTTPCaller().perform(HTTPRequest(url: receiver.url)).status == 302)
        try await receiver.stop()
    }

    @Test func `a silent peer is a time-out that may have been applied`() async throws {
        let receiver = try await HTTPReceiver { _ in .silence }
        var request = HTTPRequest(method: "POST", url: receiver.url, body: [1])
        request.timeout = .milliseconds(200)
        let error = await failure(HTTPCaller(), request)
        #expect(error?.code == .timedOut)
        #expect(error?.effect == .maybeApplied)
        try await receiver.stop()
    }

    @Test func `a peer that hangs up may have applied the request`() async throws {
        let receiver = try await HTTPReceiver { _ in .hangUp }
        let error = await failure(HTTPCaller(), HTTPRequest(method: "POST", url: receiver.url))
        #expect(error?.code == .connectionLost)
        #expect(error?.effect == .maybeApplied)
        try await receiver.stop()
    }

    @Test func `a peer that is not there has applied nothing`() async throws {
        let receiver = try await HTTPReceiver { _ in .hangUp }
        let url = receiver.url
        try await receiver.stop()
        let error = await failure(HTTPCaller(), HTTPRequest(method: "POST", url: url, body: [1]))
        #expect(error?.code == .connectFailed)
        #expect(error?.effect == .notApplied)
    }

    @Test func `an answer beyond the limit is refused`() async throws {
        let receiver = try await HTTPReceiver { _ in
            .respond(200, body: [UInt8](repeating: 7, count: 1_001))
        }
        var request = HTTPRequest(url: receiver.url)
        request.responseByteCountMax = 1_000
        #expect(await failure(HTTPCaller(), request)?.code == .responseTooLarge)
        request.responseByteCountMax = 1_001
        #expect(try await HTTPCaller().perform(request).body.count == 1_001)
        try await receiver.stop()
    }

    @Test(arguments: ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/"])
    func `a caller of public addresses refuses this machine under any name`(url: String) async {
        let caller = HTTPCaller(HTTPCallerConfiguration(addressPolicy: .publicOnly))
        let error = await failure(caller, HTTPRequest(url: url))
        #expect(error?.code == .addressRefused)
        #expect(error?.effect == .notApplied)
    }

    @Test(arguments: ["file:///etc/passwd", "gopher://127.0.0.1/", "smtp://127.0.0.1", "x", ""])
    func `only http and https are spoken`(url: String) async {
        let error = await failure(HTTPCaller(), HTTPRequest(url: url))
        #expect(error != nil)
        #expect(error?.effect == .notApplied)
    }

    @Test(arguments: [("X-A", "b\r\nX-C: d"), ("X A", "b"), ("", "b"), ("X-A:", "b")])
    func `a header cannot smuggle another`(name: String, value: String) async {
        let request = HTTPRequest(url: "http://127.0.0.1:1/", headers: [(name, value)])
        #expect(await failure(HTTPCaller(), request)?.code == .invalidRequest)
    }

    @Test func `a signed request names its scope and carries the session token`() async throws {
        let receiver = try await HTTPReceiver { _ in .respond(200) }
        var request = HTTPRequest(
            method: "POST", url: receiver.url + "/",
            headers: [("Content-Type", "application/x-amz-json-1.0")], body: Array("{}".utf8))
        request.signature = AWSSignature(
            region: "eu-central-1", service: "sqs", accessKey: "AKID", secretKey: "secret",
            sessionToken: "token")
        _ = try await HTTPCaller().perform(request)
        let got = try #require(receiver.requests.first)
        let authorization = try #require(got.header("authorization"))
        #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=AKID/"))
        #expect(authorization.contains("/eu-central-1/sqs/aws4_request"))
        #expect(authorization.contains("content-type;host;x-amz-date;x-amz-security-token"))
        #expect(got.header("x-amz-security-token") == "token")
        try await receiver.stop()
    }

    @Test func `a cancelled task ends its call`() async throws {
        let receiver = try await HTTPReceiver { _ in .silence }
        let caller = HTTPCaller()
        let error = await withTaskGroup(of: HTTPCallError?.self) { group in
            group.addTask { await self.failure(caller, HTTPRequest(url: receiver.url)) }
            _ = await receiver.next()
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(error?.code == .cancelled)
        try await receiver.stop()
    }

    @Test func `calls beyond the limit are refused at once`() async throws {
        let receiver = try await HTTPReceiver { _ in .silence }
        var configuration = HTTPCallerConfiguration()
        configuration.waitingCountMax = 1
        let caller = HTTPCaller(configuration)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await self.failure(caller, HTTPRequest(url: receiver.url)) }
            _ = await receiver.next()
            let error = await failure(caller, HTTPRequest(url: receiver.url))
            #expect(error?.code == .overloaded)
            group.cancelAll()
        }
        try await receiver.stop()
    }
}
