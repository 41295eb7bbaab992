// SPDX-License-Identifier: MIT
import Orders

/// When who was refused is to come back: never before it can help, and not all at once. The only place
/// where such a time is spread.
struct ReturnPause {
    /// The earliest time at which it can help, from now.
    private let earliest: Duration
    /// Those who are told the same time come back within so long behind it.
    private let width: Duration

    /// Wider than this nobody is spread.
    private static let widthMax: Duration = .seconds(30)

    /// - Parameter width: of the time in which what they wait for comes; zero where that is not known.
    ///   Half of the pause, where that is more.
    init(_ earliest: Duration, within width: Duration = .zero) {
        self.init(earliest, by: 0.5, within: width)
    }

    /// - Parameter share: of the pause; less than half for those who have places of their own.
    init(_ earliest: Duration, by share: Double, within width: Duration = .zero) {
        self.earliest = max(earliest, .zero)
        self.width = min(max(self.earliest * share, width), Self.widthMax)
    }

    /// A time for one of them: at least the earliest.
    func spread(using generator: inout some RandomNumberGenerator) -> Duration {
        earliest + width * Double.random(in: 0...1, using: &generator)
    }

    /// The same by the system's own chance.
    func spread() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return spread(using: &generator)
    }
}

extension Duration {
    /// Whole seconds as HTTP has them, rounded up: who obeys is not early. At least zero.
    var secondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return max(seconds + (attoseconds > 0 ? 1 : 0), 0)
    }
}
