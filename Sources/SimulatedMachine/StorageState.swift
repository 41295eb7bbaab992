// SPDX-License-Identifier: MIT

/// What a simulated disk holds, and what is about to go wrong with it.
struct StorageState {
    /// A change of names that no crash may undo only once the directory is synchronized.
    enum NameChange {
        case create(String, Int)
        case rename(String, String)
        case remove(String)
    }

    /// An error to come, once.
    struct Fault {
        let operation: SimulatedStorage.Operation
        var operationsLeft: Int
        let number: Int32
    }

    /// A bit that turned over.
    struct Rot {
        let id: Int
        let offset: Int
        let mask: UInt8
    }

    var random: SplitMix64
    var files: [Int: FileState] = [:]
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pendingNames: [NameChange] = []
    var nextID = 0
    var operationsLeft: Int?
    var isDown = false
    var isPretending = false
    var fileCountMax: Int?
    var byteCountSinceCreation = 0
    var fault: Fault?
    var rot: Rot?
    /// The last two writes to the log: the newest may have been cut short, and then damage to the
    /// one before cannot be told from that.
    private var newest: [(id: Int, range: Range<Int>)] = []

    init(random: SplitMix64) { self.random = random }

    /// The error that the next operation ends with, if it is its turn.
    mutating func takeFault(_ operation: SimulatedStorage.Operation) -> Int32? {
        guard let armed = fault, armed.operation == operation else { return nil }
        fault?.operationsLeft -= 1
        guard armed.operationsLeft <= 1 else { return nil }
        fault = nil
        return armed.number
    }

    // MARK: - Changes

    mutating func create(_ name: String, byteCount: Int) -> Int {
        nextID += 1
        if byteCount > 0 { byteCountSinceCreation = 0 }
        files[nextID] = FileState(byteCount: byteCount)
        names[name] = nextID
        pendingNames.append(.create(name, nextID))
        return nextID
    }

    mutating func write(_ bytes: [UInt8], at offset: Int, of id: Int, named name: String) {
        files[id]?.write(bytes, at: offset)
        let range = offset..<offset + bytes.count
        if name.hasSuffix(Self.logSuffix) {
            newest = newest.suffix(1) + [(id, range)]
            byteCountSinceCreation += bytes.count
        }
        if let rot, rot.id == id, range.contains(rot.offset) { self.rot = nil }
    }

    // MARK: - Ends

    /// The process ended; the machine did not: what it wrote is still there to be read.
    mutating func endProcess() {
        isDown = false
        disarm()
    }

    mutating func disarm() { (operationsLeft, fault) = (nil, nil) }

    /// The power failed, and came back.
    mutating func losePower() {
        // A journal keeps the order of names: some first part of the changes survived.
        let survived = pendingNames.prefix(Int.random(in: 0...pendingNames.count, using: &random))
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
        let named = Set(names.values)
        files = files.filter { named.contains($0.key) }
        for id in files.keys.sorted() { files[id]?.losePower(&random) }
        endProcess()
    }

    // MARK: - Rot

    mutating func flip(_ bit: Int, _ offset: Int, of id: Int) {
        let mask = UInt8(1) << UInt8(bit & 7)
        guard files[id]?.flip(mask, at: offset) == true else { return }
        rot = Rot(id: id, offset: offset, mask: mask)
    }

    /// What ends the names of the files that are written bit by bit.
    private static let logSuffix = ".segment"

    /// Turns a bit of a file over, not of the newest bytes of the log.
    ///
    /// - Returns: the file it is in.
    mutating func rotSomewhere(suffixes: [String]) -> String? {
        let candidates = names.keys.filter { name in
            suffixes.contains { name.hasSuffix($0) }
        }.sorted()
        guard rot == nil, let name = candidates.randomElement(using: &random),
            let id = names[name], let file = files[id], file.byteCount > 0
        else { return nil }
        // What is near the beginning is likelier to hold something.
        let reach = random.once(in: 2) ? min(file.byteCount, 4096) : file.byteCount
        let offset = Int.random(in: 0..<reach, using: &random)
        let isNewest = newest.contains { $0.id == id && $0.range.contains(offset) }
        guard !isNewest, !file.isPending(offset) else { return nil }
        flip(Int.random(in: 0..<8, using: &random), offset, of: id)
        return name
    }

    /// Turns the bit back; what was written over is no longer rotten.
    mutating func heal() {
        if let rot { _ = files[rot.id]?.flip(rot.mask, at: rot.offset) }
        rot = nil
    }
}
