// SPDX-License-Identifier: MIT

/// Queues in which something happened, each once; noting one costs no hashing.
struct QueueNews {
    private var isNoted: [Bool] = []
    private var noted: [QueueNumber] = []

    mutating func insert(_ queue: QueueNumber) {
        let index = Int(queue.rawValue)
        while isNoted.count <= index { isNoted.append(false) }
        guard !isNoted[index] else { return }
        isNoted[index] = true
        noted.append(queue)
    }

    mutating func takeAll() -> [QueueNumber] {
        for queue in noted { isNoted[Int(queue.rawValue)] = false }
        defer { noted = [] }
        return noted
    }
}
