// SPDX-License-Identifier: MIT

/// All cases.
package enum ConformanceSuite {
    /// In the order of their numbers.
    package static let cases: [ConformanceCase] =
        sessionCases + brokerCases + limiterCases + KeyCases.all + ReceiptCases.all

    private static let sessionCases =
        LengthCases.all + HeaderCases.all + CompressionCases.all + FieldCases.all
        + SecurityCases.all + HelloCases.all + RequestCases.all + LivenessCases.all

    private static let brokerCases =
        PublishCases.all + DepthCases.all + DeliveryCases.all + FairnessCases.all
        + GroupCases.all + LeaseCases.all + SettleCases.all + RetryCases.all
        + RedriveCases.all + AccessCases.all + OperatorCases.all

    private static let limiterCases =
        TakeCases.all + PlanCases.all + SlotCases.all

    /// The cases of some scopes whose number or rule is that of `pattern`: `B-12`, `B-12.2`, `F`,
    /// or all when it is nil.
    package static func cases(
        in scopes: Set<ConformanceCase.Scope>, matching pattern: String? = nil
    ) -> [ConformanceCase] {
        cases.filter { scopes.contains($0.scope) && matches($0.id, pattern) }
            .sorted { $0.id < $1.id }
    }

    private static func matches(_ id: CaseID, _ pattern: String?) -> Bool {
        guard let pattern else { return true }
        let text = id.description
        return text == pattern || id.rule == pattern || String(id.page) == pattern
    }
}
