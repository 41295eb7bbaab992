// SPDX-License-Identifier: MIT
import Orders
import Saga

/// What must hold.
extension SagaWorld {
    private var chargedAttempts: [UInt32] {
        provider.filter { $0.value == .charged }.map(\.key)
    }

    /// What does not hold here, though it must hold at every moment.
    var breach: String? {
        if chargedAttempts.count > 1 { return "charged twice" }
        if status == .fulfilled {
            guard chargedAttempts == [payment?.attempt], payment?.state == .captured else {
                return "fulfilled without its charge"
            }
        }
        if (status == .fulfilled) != (stock == .shipped) { return "shipped and not fulfilled" }
        if [.rejected, .declined, .cancelled, .dead].contains(status), !chargedAttempts.isEmpty {
            return "\(status), and charged"
        }
        if payment?.state == .reversed, provider[payment?.attempt ?? 0] == .charged {
            return "said to be given back, and charged"
        }
        if [.charging, .charged, .unknown].contains(status), stock != .held {
            return "on its way without its stock"
        }
        return nil
    }

    /// What does not hold when nothing happens any more.
    var breachAtRest: String? {
        guard isAtRest else { return nil }
        if dead.isEmpty, !isGoodEnd { return "rests unfinished, and nobody is told" }
        if let attempt = chargedAttempts.first, payment?.attempt != attempt {
            return "money that no payment tells of"
        }
        return nil
    }

    /// At rest, with money and stock as the status says.
    var isGoodEnd: Bool {
        guard isAtRest, stock != .held else { return false }
        return switch status {
        case .fulfilled: true
        case .rejected, .declined, .cancelled, .dead: chargedAttempts.isEmpty
        case .accepted, .reserved, .charging, .charged, .unknown: false
        }
    }
}
