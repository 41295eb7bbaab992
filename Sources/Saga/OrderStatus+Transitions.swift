// SPDX-License-Identifier: MIT
package import Orders

extension OrderStatus {
    /// The statuses that may follow; no statement changes a status in another way.
    package var successors: [OrderStatus] {
        switch self {
        case .accepted: [.reserved, .rejected, .cancelled, .dead]
        case .reserved: [.charging, .cancelled, .dead]
        case .charging: [.charged, .declined, .unknown, .dead]
        case .charged: [.fulfilled, .charging, .dead]
        case .unknown: [.charged, .declined, .charging, .dead]
        // Redriven: the order begins again.
        case .dead: [.accepted, .reserved, .rejected]
        case .fulfilled, .rejected, .declined, .cancelled: []
        }
    }
}
