// SPDX-License-Identifier: MIT
import ArgumentParser

/// `TENANT=WEIGHT` on the command line.
struct TenantWeightArgument: ExpressibleByArgument, Equatable {
    let tenant: String
    let weight: UInt32

    init?(argument: String) {
        guard let sign = argument.lastIndex(of: "="), sign > argument.startIndex,
            let weight = UInt32(argument[argument.index(after: sign)...]),
            (1...1000).contains(weight)
        else { return nil }
        tenant = String(argument[..<sign])
        self.weight = weight
    }
}
