// SPDX-License-Identifier: MIT
import Synchronization

/// Draws what goes wrong; the same draws from the same seed, for whatever request comes next.
final class CloudFaultPlan: Sendable {
    private let percent: Double
    private let generator: Mutex<SplitMix>

    /// Answers that come too late hold things up by seconds: one in so many of the others.
    private static let lateRarity = 4

    /// - Parameter percent: of requests that something strikes. Unless it is 0, deliveries are repeated
    ///   and shuffled besides.
    init(percent: Double, seed: UInt64) {
        self.percent = percent
        generator = Mutex(SplitMix(state: seed))
    }

    func draw(for request: CloudRequest) -> CloudFault? {
        generator.withLock { generator in
            if Double.random(in: 0..<100, using: &generator) < percent {
                let fault = CloudFault.ofAnyRequest.randomElement(using: &generator)
                guard fault == .lateAfter else { return fault }
                let isLate = Int.random(in: 0..<Self.lateRarity, using: &generator) == 0
                return isLate ? fault : .cutAfter
            }
            // A quarter: SQS promises neither order nor a single delivery.
            guard request.brings, percent > 0, Int.random(in: 0..<4, using: &generator) == 0 else {
                return nil
            }
            return CloudFault.ofDeliveries.randomElement(using: &generator)
        }
    }

    func shuffled<Element: Sendable>(_ elements: [Element]) -> [Element] {
        generator.withLock { elements.shuffled(using: &$0) }
    }
}
