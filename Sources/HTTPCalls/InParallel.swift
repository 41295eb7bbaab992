// SPDX-License-Identifier: MIT

/// Applies `transform` to all elements, at most `limit` at a time; the results in their order.
package func inParallel<Element: Sendable, Value: Sendable>(
    _ elements: [Element],
    limit: Int,
    _ transform: @escaping @Sendable (Element) async -> Value
) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var values = [Value?](repeating: nil, count: elements.count)
        var next = 0
        func start() {
            guard next < elements.count else { return }
            let (index, element) = (next, elements[next])
            group.addTask { (index, await transform(element)) }
            next += 1
        }
        for _ in 0..<limit { start() }
        for await (index, value) in group {
            values[index] = value
            start()
        }
        return values.compactMap { $0 }
    }
}
