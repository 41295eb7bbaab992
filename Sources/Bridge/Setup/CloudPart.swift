// SPDX-License-Identifier: MIT
import AWS

/// A part of what the mesh needs in AWS.
protocol CloudPart: Sendable {
    /// How it differs from what is needed; none when it is as it should be. Changes nothing.
    func findings() async throws(AWSError) -> [CloudFinding]

    /// Makes it what is needed. May be repeated, also after a failure in the middle.
    ///
    /// - Parameter findings: what `findings` said just before; not empty.
    func mend(_ findings: [CloudFinding]) async throws(AWSError)
}
