// SPDX-License-Identifier: MIT
package import SegmentLog
import Synchronization

/// A disk that forgets: what was not synchronized may be lost, kept, or torn at any sector when
/// the power fails, and names that were not synchronized may be the old ones again.
package final class SimulatedStorage: SegmentStorage {
    /// What a disk writes whole or not at all.
    package static let sectorByteCount = 512

    private let state: Mutex<State>

    /// - Parameter seed: repeats what the crashes leave.
    package init(seed: UInt64) {
        state = Mutex(State(random: SplitMix64(seed: seed)))
    }

    // MARK: - Faults

    /// Fails the power at the `count`th operation from now that changes anything.
    package func crash(afterOperations count: Int) {
        state.withLock { $0.operationsLeft = count }
    }

    package var hasCrashed: Bool { state.withLock { $0.hasCrashed } }

    /// Settles what the crash left on the disk, and turns the power on again.
    package func restart() {
        state.withLock { $0.restart() }
    }

    /// From now on the disk says that it synchronized, and did not: what no broker survives, and
    /// what a checker worth its name finds.
    package func pretendToSynchronize() {
        state.withLock { $0.isPretending = true }
    }

    /// Room for so many files; nil for no limit.
    package func limitFiles(to count: Int?) {
        state.withLock { $0.fileCountMax = count }
    }

    /// Turns one bit of a file over.
    package func flipBit(_ bit: Int, ofByte offset: Int, in file: String) {
        state.withLock { $0.flip(bit, offset, file) }
    }

    /// What a file holds, as a reader would see it.
    package func contents(of file: String) -> [UInt8] {
        state.withLock { $0.files[$0.names[file] ?? -1]?.cached ?? [] }
    }

    // MARK: - SegmentStorage

    package func fileNames() throws(StorageError) -> [String] {
        state.withLock { $0.names.keys.sorted() }
    }

    package func openFile(_ name: String) throws(StorageError) -> any SegmentFile {
        guard let id = state.withLock({ $0.names[name] }) else {
            throw StorageError(.open, file: name, number: 2)
        }
        return File(storage: self, id: id, name: name)
    }

    package func createFile(
        _ name: String, byteCount: Int
    ) throws(StorageError) -> any SegmentFile {
        let id = try change(.create, name) { state -> Outcome<Int> in
            guard state.names.count < state.fileCountMax ?? .max else { return .failure(28) }
            return .success(state.create(name, byteCount: byteCount))
        }
        return File(storage: self, id: id, name: name)
    }

    package func renameFile(_ name: String, to newName: String) throws(StorageError) {
        try change(.rename, name) { state -> Outcome<Void> in
            guard let id = state.names.removeValue(forKey: name) else { return .failure(2) }
            state.names[newName] = id
            state.pendingNames.append(.rename(name, newName))
            return .success(())
        }
    }

    package func removeFile(_ name: String) throws(StorageError) {
        try change(.remove, name) { state -> Outcome<Void> in
            state.names[name] = nil
            state.pendingNames.append(.remove(name))
            return .success(())
        }
    }

    package func synchronizeDirectory() throws(StorageError) {
        try change(.synchronize, "directory") { state -> Outcome<Void> in
            state.durableNames = state.names
            state.pendingNames = []
            return .success(())
        }
    }

    /// Carries out one operation, or fails the power in it: what it wrote then hangs in the air.
    private func change<T>(
        _ operation: StorageError.Operation, _ file: String,
        _ body: (inout State) -> Outcome<T>
    ) throws(StorageError) -> T {
        let outcome: Outcome<T> = state.withLock { state in
            guard !state.hasCrashed else { return .failure(5) }
            if let left = state.operationsLeft {
                state.operationsLeft = left - 1
                if left <= 1 {
                    // A synchronization that the crash cuts short may have reached the disk.
                    if operation != .synchronize || state.random.once(in: 2) { _ = body(&state) }
                    state.hasCrashed = true
                    return .failure(5)
                }
            }
            return body(&state)
        }
        switch outcome {
        case .success(let value): return value
        case .failure(let number): throw StorageError(operation, file: file, number: number)
        }
    }

    private enum Outcome<T> {
        case success(T)
        case failure(Int32)
    }

    // MARK: - Files

    private final class File: SegmentFile {
        private let storage: SimulatedStorage
        private let id: Int
        private let name: String

        init(storage: SimulatedStorage, id: Int, name: String) {
            self.storage = storage
            self.id = id
            self.name = name
        }

        var byteCount: Int {
            storage.state.withLock { $0.files[id]?.cached.count ?? 0 }
        }

        func read(
            into buffer: UnsafeMutableRawBufferPointer, at offset: Int
        ) throws(StorageError) -> Int {
            storage.state.withLock { state in
                guard let bytes = state.files[id]?.cached, offset < bytes.count else { return 0 }
                let part = bytes[offset..<min(bytes.count, offset + buffer.count)]
                buffer.copyBytes(from: part)
                return part.count
            }
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
            let copy = Array(bytes)
            try storage.change(.write, name) { state -> Outcome<Void> in
                state.files[id]?.write(copy, at: offset)
                return .success(())
            }
        }

        func synchronize() throws(StorageError) {
            try storage.change(.synchronize, name) { state -> Outcome<Void> in
                if !state.isPretending { state.files[id]?.synchronize() }
                return .success(())
            }
        }

        func truncate(to byteCount: Int) throws(StorageError) {
            try storage.change(.truncate, name) { state -> Outcome<Void> in
                state.files[id]?.truncate(to: byteCount)
                return .success(())
            }
        }
    }
}

// MARK: - What the disk holds

extension SimulatedStorage {
    fileprivate enum NameChange {
        case create(String, Int)
        case rename(String, String)
        case remove(String)
    }

    fileprivate struct FileState {
        var durable: [UInt8]
        /// What a reader sees: the durable bytes and all writes since.
        var cached: [UInt8]
        var pending: [(offset: Int, bytes: [UInt8])] = []

        mutating func write(_ bytes: [UInt8], at offset: Int) {
            let end = offset + bytes.count
            if end > cached.count {
                cached += [UInt8](repeating: 0, count: end - cached.count)
            }
            cached.replaceSubrange(offset..<end, with: bytes)
            pending.append((offset, bytes))
        }

        mutating func synchronize() {
            durable = cached
            pending = []
        }

        mutating func truncate(to byteCount: Int) {
            cached.removeLast(max(cached.count - byteCount, 0))
        }

        mutating func crash(_ random: inout SplitMix64) {
            for (offset, bytes) in pending where !random.once(in: 4) {
                let isWhole = random.once(in: 3)
                for start in stride(from: 0, to: bytes.count, by: sectorByteCount)
                where isWhole || random.once(in: 2) {
                    let sector = bytes[start..<min(start + sectorByteCount, bytes.count)]
                    let end = offset + start + sector.count
                    guard end <= durable.count else { continue }
                    durable.replaceSubrange(offset + start..<end, with: sector)
                }
            }
            pending = []
            cached = durable
        }
    }

    fileprivate struct State {
        var random: SplitMix64
        var files: [Int: FileState] = [:]
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        var pendingNames: [NameChange] = []
        var nextID = 0
        var operationsLeft: Int?
        var hasCrashed = false
        var isPretending = false
        var fileCountMax: Int?

        mutating func create(_ name: String, byteCount: Int) -> Int {
            nextID += 1
            let zeros = [UInt8](repeating: 0, count: byteCount)
            files[nextID] = FileState(durable: zeros, cached: zeros)
            names[name] = nextID
            pendingNames.append(.create(name, nextID))
            return nextID
        }

        mutating func restart() {
            // A journal keeps the order of names: some first part of the changes survived.
            let survived = pendingNames.prefix(
                Int.random(in: 0...pendingNames.count, using: &random))
            for change in survived {
                switch change {
                case .create(let name, let id): durableNames[name] = id
                case .rename(let name, let newName):
                    durableNames[newName] = durableNames.removeValue(forKey: name)
                case .remove(let name): durableNames[name] = nil
                }
            }
            names = durableNames
            pendingNames = []
            files = files.filter { file in names.values.contains { $0 == file.key } }
            for id in files.keys.sorted() { files[id]?.crash(&random) }
            (operationsLeft, hasCrashed) = (nil, false)
        }

        mutating func flip(_ bit: Int, _ offset: Int, _ file: String) {
            guard let id = names[file], var state = files[id], offset < state.cached.count
            else { return }
            state.cached[offset] ^= 1 << UInt8(bit & 7)
            state.durable = state.cached
            files[id] = state
        }
    }
}
