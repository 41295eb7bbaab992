// SPDX-License-Identifier: MIT

/// One file of a simulated disk: what survives, and what a reader sees.
struct FileState {
    private var durable: [UInt8]
    /// The durable bytes and all writes since.
    private(set) var cached: [UInt8]
    private var pending: [(offset: Int, bytes: [UInt8])] = []

    /// A file of zeros, durable as such.
    init(byteCount: Int) {
        durable = [UInt8](repeating: 0, count: byteCount)
        cached = durable
    }

    var byteCount: Int { cached.count }

    /// Whether what stands there may still be lost.
    func isPending(_ offset: Int) -> Bool {
        pending.contains { $0.offset <= offset && offset < $0.offset + $0.bytes.count }
    }

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        let end = offset + bytes.count
        if end > cached.count {
            cached += [UInt8](repeating: 0, count: end - cached.count)
        }
        cached.replaceSubrange(offset..<end, with: bytes)
        pending.append((offset, bytes))
    }

    mutating func synchronize() {
        if cached.count != durable.count {
            durable = cached
        } else {
            for (offset, bytes) in pending {
                durable.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            }
        }
        pending = []
    }

    /// A synchronization failed: what was written counts as clean, and is on the disk or not; a
    /// reader sees it until the power fails.
    mutating func failToSynchronize(_ random: inout SplitMix64) {
        for write in pending where random.once(in: 2) {
            let end = min(write.offset + write.bytes.count, durable.count)
            guard write.offset < end else { continue }
            durable.replaceSubrange(
                write.offset..<end, with: write.bytes.prefix(end - write.offset))
        }
        pending = []
    }

    mutating func truncate(to byteCount: Int) {
        cached.removeLast(max(cached.count - byteCount, 0))
    }

    /// What was not synchronized is lost, kept or torn at any sector, each write for itself.
    mutating func losePower(_ random: inout SplitMix64) {
        for (offset, bytes) in pending where !random.once(in: 4) {
            let isWhole = random.once(in: 3)
            for start in stride(from: 0, to: bytes.count, by: SimulatedStorage.sectorByteCount)
            where isWhole || random.once(in: 2) {
                let sector = bytes[
                    start..<min(start + SimulatedStorage.sectorByteCount, bytes.count)]
                let end = offset + start + sector.count
                guard end <= durable.count else { continue }
                durable.replaceSubrange(offset + start..<end, with: sector)
            }
        }
        pending = []
        cached = durable
    }

    /// Turns bits over, on the disk and for readers.
    ///
    /// - Returns: false when there is no such byte.
    mutating func flip(_ mask: UInt8, at offset: Int) -> Bool {
        guard offset < cached.count else { return false }
        cached[offset] ^= mask
        if offset < durable.count { durable[offset] ^= mask }
        return true
    }
}
