// SPDX-License-Identifier: MIT

import FoundationEssentials

/// A configuration file: one JSON object, whose nested names joined by dots are the keys.
///
/// `{"listen": {"port": 9101}}` sets `listen.port`. Scalars keep their text, lists are joined by
/// commas, `null` leaves a key unset.
struct ConfigurationFile: Equatable {
    /// A file larger than this is not a configuration.
    static let byteCountMax = 1 << 20

    let values: [String: String]

    init(path: String) throws(ConfigurationError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            // The rest of what Foundation has to say is for its own authors.
            let reason = (error as? CocoaError)?.code == .fileReadNoSuchFile ? "is not there" : nil
            throw ConfigurationError(
                .unreadableFile, key: path, reason ?? "cannot be read: \(error)")
        }
        try self.init(json: data, path: path)
    }

    init(json: Data, path: String) throws(ConfigurationError) {
        guard json.count <= Self.byteCountMax else {
            throw ConfigurationError(.unreadableFile, key: path, "is larger than 1 MiB")
        }
        let tree: Tree
        do {
            tree = try JSONDecoder().decode(Tree.self, from: json)
        } catch {
            throw ConfigurationError(.unreadableFile, key: path, "is not valid JSON: \(error)")
        }
        guard case .object = tree else {
            throw ConfigurationError(.unreadableFile, key: path, "is not a JSON object")
        }
        var values: [String: String] = [:]
        try tree.flatten(under: [], into: &values)
        self.values = values
    }

    /// Any JSON value.
    private indirect enum Tree: Decodable {
        case object([String: Tree])
        case list([Tree])
        case scalar(String)
        case null

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let object = try? container.decode([String: Tree].self) {
                self = .object(object)
            } else if let list = try? container.decode([Tree].self) {
                self = .list(list)
            } else if let flag = try? container.decode(Bool.self) {
                self = .scalar(String(flag))
            } else if let integer = try? container.decode(Int64.self) {
                self = .scalar(String(integer))
            } else if let number = try? container.decode(Double.self) {
                self = .scalar(String(number))
            } else {
                self = .scalar(try container.decode(String.self))
            }
        }

        func flatten(
            under path: [String], into values: inout [String: String]
        ) throws(ConfigurationError) {
            let key = path.joined(separator: ".")
            switch self {
            case .null: break
            case .scalar(let text): values[key] = text
            case .object(let object):
                for (name, value) in object {
                    try value.flatten(under: path + [name], into: &values)
                }
            case .list(let list):
                var texts: [String] = []
                for element in list {
                    guard case .scalar(let text) = element else {
                        throw ConfigurationError(
                            .malformed, key: key, "a list holds texts or numbers only")
                    }
                    texts.append(text)
                }
                values[key] = texts.joined(separator: ",")
            }
        }
    }
}
