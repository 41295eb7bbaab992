// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import QueueState
import SegmentLog

/// `meshctl log dump`: every record as a line of JSON.
struct LogDumpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump", abstract: "Print the records of a log as lines of JSON.")

    @OptionGroup var options: LogOptions

    @Flag(help: "Begin with the newest snapshot instead of the first segment.")
    var fromSnapshot = false

    func run() async throws {
        let storage = try options.openForReading()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func show(_ record: LogRecord, _ file: String) throws(LogError) {
            let line = try JournalLine(record, in: file)
            do {
                print(String(decoding: try encoder.encode(line), as: UTF8.self))
            } catch {
                throw LogError(
                    .inconsistent, file: file, offset: Int(record.position.offset), "\(error)")
            }
        }
        let restore = { (record: LogRecord) throws(LogError) in
            try show(record, record.position.segment.snapshotFileName)
        }
        do {
            _ = try LogRecovery.run(
                storage, geometry: LogOptions.geometry, isReadOnly: true,
                restore: fromSnapshot ? restore : nil
            ) { record throws(LogError) in
                try show(record, record.position.segment.fileName)
            }
        } catch {
            throw CommandError("damaged: \(error)")
        }
    }
}
