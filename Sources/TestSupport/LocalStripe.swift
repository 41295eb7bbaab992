// SPDX-License-Identifier: MIT
import Foundation
package import HTTPCalls

/// A stand-in for Stripe that charges, declines and refunds.
package struct LocalStripe: Decodable, Sendable {
    /// Such as `http://127.0.0.1:41234`.
    package let endpoint: String

    private static let lifeline = Pipe()

    /// The one of this process.
    package static let shared = Result { () throws -> LocalStripe in
        try StandIn.start("scripts/localstripe", lifeline: lifeline)
    }

    /// localstripe refused what a test prepared.
    package struct Refused: Error {
        package let status: Int
        package let body: String
    }

    /// Asks it as an account of `secret`.
    ///
    /// - Parameters:
    ///   - form: `application/x-www-form-urlencoded`; empty for none.
    ///   - key: makes repeats one.
    /// - Returns: the body of an answer with status 200.
    package func call(
        _ method: String, _ path: String, form: String = "", secret: String, key: String? = nil,
        by caller: HTTPCaller
    ) async throws -> [UInt8] {
        var request = HTTPRequest(method: method, url: endpoint + path)
        request.headers = [("Authorization", "Bearer " + secret)]
        if let key { request.headers.append(("Idempotency-Key", key)) }
        if !form.isEmpty {
            request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        }
        request.body = Array(form.utf8)
        request.responseByteCountMax = 64 << 20
        let response = try await caller.perform(request)
        guard response.status == 200 else {
            throw Refused(
                status: response.status, body: String(decoding: response.body, as: UTF8.self))
        }
        return response.body
    }
}
