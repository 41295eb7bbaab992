// SPDX-License-Identifier: MIT

/// The newest batches of a log, kept in memory so that a message that is consumed soon after it was
/// published is never read from disk. Bounded by bytes; the oldest go first.
package struct RecentLog: ~Copyable {
    private let byteCountMax: Int
    /// Nil where one is gone; the array is compacted now and then.
    private var batches: [LogBatch?] = []
    private var head = 0
    /// The memory held.
    package private(set) var byteCount = 0

    package init(byteCountMax: Int) {
        self.byteCountMax = byteCountMax
    }

    /// Adds the batch that follows those added before.
    ///
    /// - Parameter recycle: gets each batch that has to go for it.
    package mutating func append(_ batch: LogBatch, recycle: (consuming LogBatch) -> Void) {
        batches.append(batch)
        byteCount += batch.capacity
        while byteCount > byteCountMax, head < batches.count - 1 {
            if let gone = batches[head].take() {
                byteCount -= gone.capacity
                recycle(gone)
            }
            head += 1
        }
        if head > 64, head > batches.count / 2 {
            batches.removeFirst(head)
            head = 0
        }
    }

    /// The batch in which `position` lies; nil when it is not held.
    package func batch(at position: LogPosition) -> LogBatch? {
        var low = head
        var high = batches.count
        while low < high {
            let middle = (low + high) / 2
            if let batch = batches[middle], batch.position <= position {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > head, let batch = batches[low - 1] else { return nil }
        let isInside =
            batch.segment == position.segment
            && Int(position.offset) < batch.start + batch.byteCount
        return isInside ? batch : nil
    }
}
