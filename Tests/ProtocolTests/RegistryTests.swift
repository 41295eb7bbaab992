// SPDX-License-Identifier: MIT
import Testing
import Wire
import WireSchema

/// The tables of the pages against the constants in Swift.
@Suite struct RegistryTests {
    @Test func `the registry of errors is the one in Swift`() throws {
        let rows = try ProtocolFiles.rows(of: "errors.md").compactMap { cells in
            UInt16(cells[0]).map { code in
                [String(code), Self.spelling(cells[1]), cells[2], Self.spelling(cells[3])]
            }
        }
        let codes = WireErrorCode.allCases.map { code in
            [
                String(code.rawValue), "\(code)".lowercased(), code.isFatal ? "yes" : "no",
                "\(code.effect)".lowercased(),
            ]
        }
        #expect(rows == codes)
    }

    @Test func `the registry of limits is the one in Swift`() throws {
        let limits: [String: Int] = [
            "frame_header_byte_count": WireLimits.frameHeaderByteCount,
            "hello_frame_byte_count_max": WireLimits.helloFrameByteCountMax,
            "frame_byte_count_max": WireLimits.frameByteCountMax,
            "plain_ratio_max": WireLimits.plainRatioMax,
            "body_byte_count_max": WireLimits.bodyByteCountMax,
            "compression_threshold_byte_count": WireLimits.compressionThresholdByteCount,
            "batch_count_max": WireLimits.batchCountMax,
            "output_count_max": WireLimits.outputCountMax,
            "queue_name_byte_count_max": WireLimits.queueNameByteCountMax,
            "in_flight_max": WireLimits.inFlightMax,
            "audit_count_max": WireLimits.auditCountMax,
            "weight_count_max": WireLimits.weightCountMax,
            "weight_max": WireLimits.weightMax,
            "concurrency_max": WireLimits.concurrencyMax,
            "slot_count_max": WireLimits.slotCountMax,
            "move_count_max": WireLimits.moveCountMax,
            "subscription_count_max": WireLimits.subscriptionCountMax,
            "credit_max": WireLimits.creditMax,
            "receipt_byte_count_max": WireLimits.receiptByteCountMax,
            "receipt_name_byte_count_max": WireLimits.receiptNameByteCountMax,
            "key_lifetime_seconds_max": WireLimits.keyLifetimeSecondsMax,
            "outbound_byte_count_max": WireLimits.outboundByteCountMax,
        ]
        let rows = try ProtocolFiles.rows(of: "limits.md").compactMap { cells in
            Int(cells[1]).map { (cells[0].filter { $0 != "`" }, $0) }
        }
        #expect(Dictionary(uniqueKeysWithValues: rows) == limits)
    }

    /// `not_applied` and `notApplied` alike.
    private static func spelling(_ cell: String) -> String {
        cell.filter { $0 != "`" && $0 != "_" }
    }
}
