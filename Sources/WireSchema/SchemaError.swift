// SPDX-License-Identifier: MIT

/// A contradiction in the schema, or in the policy.
package enum SchemaError: Error, Equatable {
    case twice(String)
    case unknownType(String, in: String)
    case unknownReply(String, in: String)
    case missingMax(String, in: String)
    case badOpcode(String)
    case unknownName(String, in: String)
}
