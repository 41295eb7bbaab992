// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AlwaysUseLowerCamelCase

/// The answer to any batch request: each entry, by the id that it was given, done or failed.
struct BatchAnswer: Decodable, Sendable {
    let Successful: [Success]?
    let Failed: [Failure]?

    struct Success: Decodable, Sendable {
        let Id: String
        let MessageId: String?
    }

    struct Failure: Decodable, Sendable {
        let Id: String
        let Code: String
        let Message: String?
        let SenderFault: Bool?
    }

    /// One outcome for each entry 0..<count. An entry that the answer does not name is uncertain.
    func outcomes<Value>(
        count: Int,
        success: (Success) -> Value
    ) -> [Result<Value, AWSError>] {
        let missing = AWSError.badAnswer("the batch's answer does not name this entry")
        var outcomes = [Result<Value, AWSError>](repeating: .failure(missing), count: count)
        for entry in Successful ?? [] {
            if let index = Int(entry.Id), outcomes.indices.contains(index) {
                outcomes[index] = .success(success(entry))
            }
        }
        for entry in Failed ?? [] {
            if let index = Int(entry.Id), outcomes.indices.contains(index) {
                outcomes[index] = .failure(AWSError(entry: entry))
            }
        }
        return outcomes
    }
}

extension AWSError {
    fileprivate init(entry: BatchAnswer.Failure) {
        let isOurFault = entry.SenderFault ?? true
        let name = entry.Code.split(separator: ".").last.map(String.init) ?? entry.Code
        self.init(
            code: isOurFault ? .invalid : .unavailable,
            effect: isOurFault ? .notApplied : .maybeApplied,
            name: name,
            message: entry.Message ?? "refused")
    }
}
