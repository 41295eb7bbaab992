// SPDX-License-Identifier: MIT
import Foundation
import Testing
import WireSchema

@Suite struct MeshPolicyTests {
    private func policy(
        right: String = "publish", queue: String = "a", place: String = "queue"
    ) -> Data {
        Data(
            """
            {"queues": ["a"],
             "services": [{"name": "s", "queues": [{"queue": "\(queue)", "may": ["\(right)"]}]}],
             "cloud": {"places": [{"name": "queue", "each": "queue", "arn": "x:{queue}"}],
              "identities": [{"name": "i", "about": "d", "statements": [
               {"id": "S", "places": ["\(place)"], "actions": ["sqs:SendMessage"]}]}],
              "function": []}}
            """.utf8)
    }

    @Test func `a policy whose names are all declared is taken`() throws {
        #expect(try MeshPolicy.decode(policy()).queues == ["a"])
    }

    @Test func `a right to a queue that nobody declares is refused`() {
        #expect(throws: SchemaError.unknownName("b", in: "s")) {
            try MeshPolicy.decode(policy(queue: "b"))
        }
    }

    @Test func `a right that the mesh does not know is refused`() {
        #expect(throws: SchemaError.unknownName("own", in: "s")) {
            try MeshPolicy.decode(policy(right: "own"))
        }
    }

    @Test func `a statement about a place that nobody declares is refused`() {
        #expect(throws: SchemaError.unknownName("moon", in: "i.S")) {
            try MeshPolicy.decode(policy(place: "moon"))
        }
    }
}
