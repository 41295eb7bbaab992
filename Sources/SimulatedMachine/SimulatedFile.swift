// SPDX-License-Identifier: MIT
import SegmentLog

/// An open file of a simulated disk.
final class SimulatedFile: SegmentFile {
    private let storage: SimulatedStorage
    private let id: Int
    private let name: String

    init(storage: SimulatedStorage, id: Int, name: String) {
        self.storage = storage
        self.id = id
        self.name = name
    }

    var byteCount: Int {
        get throws(StorageError) {
            try storage.look(.read, name) { $0.files[id]?.byteCount ?? 0 }
        }
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int {
        try storage.look(.read, name) { state in
            guard let bytes = state.files[id]?.cached, offset < bytes.count else { return 0 }
            let part = bytes[offset..<min(bytes.count, offset + buffer.count)]
            buffer.copyBytes(from: part)
            return part.count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        let copy = Array(bytes)
        try storage.change(.write, name) { state in
            state.write(copy, at: offset, of: id, named: name)
            return .success(())
        }
    }

    func synchronize() throws(StorageError) {
        try storage.change(.synchronize, name, onFault: { $0.failToSynchronize(id) }) { state in
            if !state.isPretending { state.files[id]?.synchronize() }
            return .success(())
        }
    }

    func truncate(to byteCount: Int) throws(StorageError) {
        try storage.change(.truncate, name) { state in
            state.files[id]?.truncate(to: byteCount)
            return .success(())
        }
    }
}

extension StorageState {
    fileprivate mutating func failToSynchronize(_ id: Int) {
        files[id]?.failToSynchronize(&random)
    }
}
