// SPDX-License-Identifier: MIT

/// Cuts elements, in order, into as few batches as the limits of SQS allow.
///
/// An element that alone exceeds the bytes makes a batch of its own, for SQS to refuse.
struct Batches<Element>: Sequence, IteratorProtocol {
    private var rest: ArraySlice<Element>
    private let byteCount: (Element) -> Int

    init(_ elements: [Element], byteCount: @escaping (Element) -> Int) {
        rest = elements[...]
        self.byteCount = byteCount
    }

    mutating func next() -> ArraySlice<Element>? {
        guard !rest.isEmpty else { return nil }
        var end = rest.startIndex
        var total = 0
        while end < rest.endIndex, end - rest.startIndex < SQSClient.batchCountMax {
            total += byteCount(rest[end])
            if total > SQSClient.bodyByteCountMax, end > rest.startIndex { break }
            end += 1
        }
        defer { rest = rest[end...] }
        return rest[..<end]
    }
}
