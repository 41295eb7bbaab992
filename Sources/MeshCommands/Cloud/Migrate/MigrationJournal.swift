// SPDX-License-Identifier: MIT
import Foundation
import Orders
import Synchronization

/// What a migration has begun, on disk before it is done: one JSON object a line.
///
/// A message is noted before it is published to the target. At the end, when the source is empty,
/// what was noted is what was moved, however often it was begun. Owner of its state: the mutex.
final class MigrationJournal: Sendable {
    /// One line.
    enum Entry: Codable, Equatable {
        case begun(from: String, to: String)
        /// What both ends held when the queue was looked at first.
        case queue(name: String, source: QueueHolding, target: QueueHolding)
        /// Messages that go to the target as they are.
        case moving(queue: String, ids: [String])
        /// Messages among them that the target had before: somebody published them to both.
        case known(queue: String, ids: [String])
        /// Messages that are published once more: it is not known whether they had arrived.
        case repeated(queue: String, ids: [String])
        /// Dead letters that lie at the target, and are to go from the source.
        case buried(queue: String, ids: [String])
        /// How many keys the database held when it was looked at first.
        case keys(DatabaseKeys.Holding)
        /// Keys that name their orders at the target, and are to go from the database.
        case named(keys: [String])
        /// Receipts that lie at the target: of all orders up to this one, so many.
        case receipts(through: String, count: UInt64)
    }

    /// What is known of one queue.
    struct Account: Sendable {
        var source: QueueHolding?
        var target: QueueHolding?
        var moving: Set<String> = []
        var known: Set<String> = []
        var repeatedCount: UInt64 = 0
        var buried: Set<String> = []
    }

    /// What is known of the keys of a database.
    struct KeyAccount: Sendable {
        var before: DatabaseKeys.Holding?
        var moved: Set<String> = []
    }

    /// How far receipts were copied.
    struct ReceiptAccount: Sendable {
        var last = UniqueID.zero
        var count: UInt64 = 0
    }

    fileprivate struct State {
        let file: FileHandle
        var keys = KeyAccount()
        var receipts = ReceiptAccount()
        var accounts: [String: Account] = [:]
    }

    private let state: Mutex<State>

    /// Opens the journal, or begins one.
    ///
    /// - Throws: when it is another migration's, or cannot be read.
    init(at path: String, from: String, to: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw CommandError("\(path) cannot be written")
            }
        }
        let file = try FileHandle(forUpdating: URL(filePath: path))
        let text = try file.readToEnd() ?? Data()
        // A line without an end is one that nobody acted on: it is written before anything is done.
        let whole = text.lastIndex(of: UInt8(ascii: "\n")).map { text[...$0] } ?? Data()
        try file.truncate(atOffset: UInt64(whole.count))
        try file.seekToEnd()
        var entries: [Entry] = []
        for line in whole.split(separator: UInt8(ascii: "\n")) {
            do {
                entries.append(try JSONDecoder().decode(Entry.self, from: line))
            } catch {
                throw CommandError("line \(entries.count + 1) of \(path) is no line of a journal")
            }
        }
        let begun = Entry.begun(from: from, to: to)
        guard entries.first == nil || entries.first == begun else {
            throw CommandError("\(path) is the journal of another migration")
        }
        var state = State(file: file)
        for entry in entries { state.apply(entry) }
        self.state = Mutex(state)
        if entries.isEmpty { try write(begun) }
    }

    func account(of queue: String) -> Account { state.withLock { $0.accounts[queue] ?? Account() } }

    var keys: KeyAccount { state.withLock { $0.keys } }

    var receipts: ReceiptAccount { state.withLock { $0.receipts } }

    /// Returns when the entry is on disk.
    func write(_ entry: Entry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = try encoder.encode(entry) + [UInt8(ascii: "\n")]
        try state.withLock { state in
            try state.file.write(contentsOf: line)
            try state.file.synchronize()
            state.apply(entry)
        }
    }
}

extension MigrationJournal.State {
    fileprivate mutating func apply(_ entry: MigrationJournal.Entry) {
        switch entry {
        case .begun: break
        case .queue(let name, let source, let target):
            accounts[name, default: .init()].source = source
            accounts[name, default: .init()].target = target
        case .moving(let queue, let ids):
            accounts[queue, default: .init()].moving.formUnion(ids)
        case .known(let queue, let ids):
            accounts[queue, default: .init()].known.formUnion(ids)
        case .repeated(let queue, let ids):
            accounts[queue, default: .init()].repeatedCount += UInt64(ids.count)
        case .buried(let queue, let ids):
            accounts[queue, default: .init()].buried.formUnion(ids)
        case .keys(let holding): keys.before = holding
        case .named(let names): keys.moved.formUnion(names)
        case .receipts(let last, let count):
            receipts = .init(last: UniqueID(last) ?? .zero, count: count)
        }
    }
}
