// SPDX-License-Identifier: MIT
package import SegmentLog
import Synchronization

/// A disk that forgets: what was not synchronized may be lost, kept, or torn at any sector when
/// the power fails, and names that were not synchronized may be the old ones again.
package final class SimulatedStorage: SegmentStorage {
    package typealias Operation = StorageError.Operation

    /// What a disk writes whole or not at all.
    package static let sectorByteCount = 512

    private let state: Mutex<StorageState>

    /// - Parameter seed: repeats what the crashes leave.
    package init(seed: UInt64) {
        state = Mutex(StorageState(random: SplitMix64(seed: seed)))
    }

    // MARK: - Faults

    /// Fails the power at the `count`th operation from now that changes anything.
    package func crash(afterOperations count: Int) {
        state.withLock { $0.operationsLeft = count }
    }

    package var hasCrashed: Bool { state.withLock { $0.isDown } }

    /// Carries nothing out any more, for a process that has ended.
    package func stop() { state.withLock { $0.isDown = true } }

    /// Settles what a failure of the power left on the disk, and turns the power on again.
    package func restart() { state.withLock { $0.losePower() } }

    /// Goes on after the end of a process; what it wrote, synchronized or not, can be read.
    package func restartProcess() { state.withLock { $0.endProcess() } }

    /// From now on the disk says that it synchronized, and did not: what no broker survives, and
    /// what a checker worth its name finds.
    package func pretendToSynchronize() { state.withLock { $0.isPretending = true } }

    /// The `count`th `operation` from now fails with `errno` as given; once.
    package func fail(_ operation: Operation, afterOperations count: Int, number: Int32) {
        state.withLock {
            $0.fault = .init(operation: operation, operationsLeft: count, number: number)
        }
    }

    /// Room for so many files; nil for no limit.
    package func limitFiles(to count: Int?) { state.withLock { $0.fileCountMax = count } }

    /// Bytes written to segments since there was room for a file of any size.
    package var byteCountSinceCreation: Int { state.withLock { $0.byteCountSinceCreation } }

    package var fileCount: Int { state.withLock { $0.names.count } }

    /// Turns one bit of a file over.
    package func flipBit(_ bit: Int, ofByte offset: Int, in file: String) {
        state.withLock { state in
            if let id = state.names[file] { state.flip(bit, offset, of: id) }
        }
    }

    /// Turns one bit over, of bytes that are durable and not the newest: damage that can be told
    /// from a write cut short.
    ///
    /// - Returns: the file, or nil when no such bit was found.
    package func rot(inFilesEnding suffixes: String...) -> String? {
        state.withLock { $0.rotSomewhere(suffixes: suffixes) }
    }

    /// The file that holds the bit that turned over.
    package var rottenFile: String? {
        state.withLock { state in
            state.names.first { $0.value == state.rot?.id }?.key
        }
    }

    /// No error and no failure of the power is to come.
    package func disarm() { state.withLock { $0.disarm() } }

    /// Turns the bit back, if it is still there.
    package func heal() { state.withLock { $0.heal() } }

    /// What a file holds, as a reader would see it.
    package func contents(of file: String) -> [UInt8] {
        state.withLock { $0.files[$0.names[file] ?? -1]?.cached ?? [] }
    }

    // MARK: - SegmentStorage

    package func fileNames() throws(StorageError) -> [String] {
        try look(.list, "directory") { $0.names.keys.sorted() }
    }

    /// Nothing takes time here.
    package func willRead(_ name: String) {}

    package func openFile(_ name: String) throws(StorageError) -> any SegmentFile {
        guard let id = try look(.open, name, { $0.names[name] }) else {
            throw StorageError(.open, file: name, number: 2)
        }
        return SimulatedFile(storage: self, id: id, name: name)
    }

    package func createFile(
        _ name: String, byteCount: Int
    ) throws(StorageError) -> any SegmentFile {
        let id = try change(.create, name) { state -> Outcome<Int> in
            guard state.names.count < state.fileCountMax ?? .max else { return .failure(28) }
            return .success(state.create(name, byteCount: byteCount))
        }
        return SimulatedFile(storage: self, id: id, name: name)
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

    // MARK: - Operations

    enum Outcome<T> {
        case success(T)
        case failure(Int32)
    }

    /// Carries out an operation that changes nothing.
    func look<T>(
        _ operation: Operation, _ file: String, _ body: (inout StorageState) -> T
    ) throws(StorageError) -> T {
        let outcome: Outcome<T> = state.withLock { state in
            if state.isDown { return .failure(5) }
            if let number = state.takeFault(operation) { return .failure(number) }
            return .success(body(&state))
        }
        return try Self.value(outcome, operation, file)
    }

    /// Carries out one operation, or fails the power in it: what it wrote then hangs in the air.
    func change<T>(
        _ operation: Operation, _ file: String,
        onFault: (inout StorageState) -> Void = { _ in },
        _ body: (inout StorageState) -> Outcome<T>
    ) throws(StorageError) -> T {
        let outcome: Outcome<T> = state.withLock { state in
            guard !state.isDown else { return .failure(5) }
            if let left = state.operationsLeft {
                state.operationsLeft = left - 1
                if left <= 1 {
                    // A synchronization that the crash cuts short may have reached the disk.
                    if operation != .synchronize || state.random.once(in: 2) { _ = body(&state) }
                    state.isDown = true
                    return .failure(5)
                }
            }
            if let number = state.takeFault(operation) {
                onFault(&state)
                return .failure(number)
            }
            return body(&state)
        }
        return try Self.value(outcome, operation, file)
    }

    private static func value<T>(
        _ outcome: Outcome<T>, _ operation: Operation, _ file: String
    ) throws(StorageError) -> T {
        switch outcome {
        case .success(let value): return value
        case .failure(let number): throw StorageError(operation, file: file, number: number)
        }
    }
}
