// SPDX-License-Identifier: MIT
import FoundationEssentials
import Testing

@testable import AWS

@Suite struct DynamoDBClientTests {
    private let change = DynamoDBExpression(
        "SET #tat = :new", [":new": .number(7)])

    @Test(arguments: [
        AttributeValue.string("grüße"), .number(UInt64.max), .number(Int64.min), .bool(true),
        .list([.string("a"), .number(1)]), .map(["x": .list([])]),
    ])
    func `a value survives its JSON`(value: AttributeValue) throws {
        let json = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(AttributeValue.self, from: json) == value)
    }

    @Test func `a value of a type that the bridge never stores is refused`() {
        let json = Data(#"{"NULL":true}"#.utf8)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(AttributeValue.self, from: json)
        }
    }

    @Test func `a number that the type cannot hold is nil`() {
        #expect(AttributeValue.number("300").integer(UInt8.self) == nil)
        #expect(AttributeValue.number("300").integer(UInt16.self) == 300)
    }

    @Test func `an update answers the item as it is then`() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"Attributes":{"tat":{"N":"7"}}}"#)])
        let outcome = try await update(transport)
        #expect(outcome == .applied(["tat": .number(7)]))
        let body = try #require(transport.bodies.first)
        #expect(body.contains(#""ReturnValuesOnConditionCheckFailure":"ALL_OLD""#))
        #expect(body.contains(#""ExpressionAttributeNames":{"#))
    }

    @Test func `a condition that does not hold answers the item as it is`() async throws {
        let refusal = """
            {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
             "message":"The conditional request failed","Item":{"tat":{"N":"9"}}}
            """
        let outcome = try await update(ScriptedTransport([.answer(400, refusal)]))
        #expect(outcome == .refused(["tat": .number(9)]))
    }

    @Test func `a condition that fails for want of an item answers an empty one`() async throws {
        let refusal = #"{"__type":"x#ConditionalCheckFailedException","message":"failed"}"#
        let outcome = try await update(ScriptedTransport([.answer(400, refusal)]))
        #expect(outcome == .refused([:]))
    }

    @Test func `an update that fails is an error and no refusal`() async {
        let transport = ScriptedTransport(Array(repeating: .answer(500, ""), count: 3))
        await #expect(throws: AWSError.self) { try await update(transport) }
    }

    private func update(_ transport: ScriptedTransport) async throws -> ConditionalOutcome {
        try await DynamoDBClient(.scripted(transport)).update(
            ["pk": .string("bucket#acme")], in: "mesh", change,
            if: DynamoDBExpression("attribute_not_exists(#tat)"))
    }
}
