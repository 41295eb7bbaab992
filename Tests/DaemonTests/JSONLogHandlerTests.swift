// SPDX-License-Identifier: MIT

import FoundationEssentials
import Logging
import Orders
import Synchronization
import Testing

@testable import Daemon

@Suite struct JSONLogHandlerTests {
    private struct StoppedClock: MeshClock {
        func now() -> MeshInstant { MeshInstant(milliseconds: 1_709_164_799_999) }
    }

    private final class Lines: Sendable {
        let texts = Mutex<[String]>([])
    }

    private func line(_ log: (Logger) -> Void) -> String {
        let lines = Lines()
        let logger = Logger(label: "x") { _ in
            JSONLogHandler(daemon: "brokerd", level: .info, clock: StoppedClock()) { bytes, _ in
                lines.texts.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
            }
        }
        log(logger)
        return lines.texts.withLock { $0.joined() }
    }

    @Test func `an event is one line with fixed fields first`() {
        let text = line { logger in
            logger.info("listening", metadata: .keyed([.port: .stringConvertible(9101)]))
        }
        #expect(
            text == #"{"ts":"2024-02-28T23:59:59.999Z","level":"info","daemon":"brokerd","#
                + #""message":"listening","port":9101}"# + "\n")
    }

    @Test func `hostile text stays one valid line`() throws {
        let hostile = "a\"b\\c\nd\r\t\u{1}\u{7f}é\u{2028}"
        let text = line { logger in
            logger.info("m", metadata: ["x": .string(hostile), "y": [.string(hostile)]])
        }
        #expect(text.filter { $0 == "\n" }.count == 1)
        struct Line: Decodable {
            let x: String
            let y: [String]
        }
        let decoded = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
        #expect(decoded.x == hostile)
        #expect(decoded.y == [hostile])
    }

    @Test func `metadata cannot overwrite a fixed field`() {
        let text = line { $0.info("m", metadata: ["level": "debug"]) }
        #expect(text.contains(#""level":"info""#))
        #expect(text.contains(#""field_level":"debug""#))
    }

    @Test func `events below the level are dropped`() {
        #expect(line { $0.debug("m") }.isEmpty)
    }

    @Test(arguments: [
        (UInt64(0), "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_795_461_000_123, "2026-11-23T19:10:00.123Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
    func `time stamps follow the calendar`(milliseconds: UInt64, text: String) {
        #expect(TimestampText(MeshInstant(milliseconds: milliseconds)).description == text)
    }
}
