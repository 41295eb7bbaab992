// SPDX-License-Identifier: MIT
import FoundationEssentials
import HTTPCalls
import Orders
import TestSupport
import Testing
import Wire

@testable import Ingest

/// The description of HTTP against the program; `OpenAPITests` try the rest from outside.
@Suite(.serialized) struct APIDescriptionTests {
    private static let path = "protocol/openapi.json"

    @Test func `what is served is the file, to anybody`() async throws {
        let fixture = try IngestFixture()
        try await fixture.run(settings: ["http.anonymous": "false"]) { door async throws in
            let answer = try await door.get("/openapi.json")
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(
                try String(decoding: answer.body, as: UTF8.self) == SourceTree.text(of: Self.path))
        }
    }

    private struct Description: Decodable {
        struct Components: Decodable {
            let responses: [String: Answer]
        }

        struct Answer: Decodable {
            let content: [String: Content]
        }

        struct Content: Decodable {
            let schema: Both
        }

        struct Both: Decodable {
            let allOf: [Part]
        }

        struct Part: Decodable {
            let properties: Properties?
        }

        struct Properties: Decodable {
            let status: Number
            let code: Words
        }

        struct Number: Decodable {
            let const: Int
        }

        struct Words: Decodable {
            let `enum`: [String]
        }

        let components: Components
    }

    @Test func `every refusal has the status that its code has here`() throws {
        let text = try SourceTree.text(of: Self.path)
        let description = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
        let answers = description.components.responses.values
        let parts = answers.flatMap(\.content.values).flatMap(\.schema.allOf).compactMap(
            \.properties)
        #expect(parts.count == answers.count)
        for part in parts where part.status.const != 401 {
            for name in part.code.enum {
                let code = try #require(WireErrorCode.allCases.first { $0.name == name })
                let refusal = Refusal(code, "")
                let problem = ProblemDocument(
                    refusal, status: refusal.status, trace: TraceID(.zero))
                #expect(problem.status == part.status.const, "\(name)")
            }
        }
    }
}
