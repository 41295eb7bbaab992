// SPDX-License-Identifier: MIT

/// All cases, in the order of their numbers.
enum GoldenSuite {
    static let cases =
        handshakeCases + sessionCases + frameCases + refusalCases + orderCases + queueCases
        + limiterCases
}
