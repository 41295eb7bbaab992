// SPDX-License-Identifier: MIT
import NIOCore
import Wire

/// A frame that the server sent.
struct HeardFrame: Sendable {
    let header: FrameHeader
    /// Plain, its checksum verified.
    let body: ByteBuffer
    /// On the wire, behind the length.
    let byteCount: Int

    var isPush: Bool { header.flags.contains(.push) }

    /// The refusal, when it is one.
    var refusal: ErrorReply? {
        guard header.opcode == Opcode.error.rawValue else { return nil }
        do throws(WireError) { return try ErrorReply(body: body) } catch { return nil }
    }

    /// Reads the body as what is expected.
    func decode<Answer: WireMessage>(_: Answer.Type = Answer.self) throws(CaseFailure) -> Answer {
        guard header.opcode == Answer.opcode.rawValue else {
            throw CaseFailure(expected: Answer.opcode.wireName, seen: description)
        }
        do throws(WireError) {
            return try Answer(body: body)
        } catch {
            throw CaseFailure(expected: "a readable \(description)", seen: "\(error)")
        }
    }
}

extension HeardFrame: CustomStringConvertible {
    /// As the lists of known differences spell it: `PUBLISHED`, or `ERROR unsupported, not_applied: ` and
    /// what is said to people.
    var description: String {
        if let refusal { return "\(refusal.words): \(refusal.message)" }
        guard let opcode = Opcode(rawValue: header.opcode) else {
            return "opcode \(header.opcode)"
        }
        return opcode.wireName
    }
}

extension Opcode {
    /// As the protocol spells it: `QUEUE_STATS_OK`.
    var wireName: String {
        var name = ""
        for letter in "\(self)" {
            if letter.isUppercase, name.last?.isLowercase == true { name.append("_") }
            name.append(letter)
        }
        return name.uppercased()
    }
}

extension ErrorReply {
    /// Code and effect: what programs act on.
    var words: String { "ERROR \(Self.name(code)), \(effect.wireName)" }

    static func name(_ code: UInt16) -> String {
        WireErrorCode(rawValue: code)?.name ?? "\(code)"
    }
}

extension Effect {
    var wireName: String {
        switch self {
        case .notApplied: "not_applied"
        case .maybeApplied: "maybe_applied"
        }
    }
}
