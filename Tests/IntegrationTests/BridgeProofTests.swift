// SPDX-License-Identifier: MIT
import Foundation
import TestSupport
import Testing

/// The mesh on AWS, in miniature: `scripts/proof-bridge` with the programs of this build.
@Suite(.serialized) struct BridgeProofTests {
    @Test func `through a bridge that is killed and a cloud that fails, nothing is lost or twice`()
        async throws
    {
        let proof = try ToolProcess(
            script: "scripts/proof-bridge",
            [
                "--orders", "100", "--seed", "3", "--programs",
                DaemonProcess.buildDirectory.path,
            ])
        let status = await proof.end()
        #expect(status == 0, "\(proof.lines.suffix(30))")
        let last = try #require(proof.lines.last { $0.hasPrefix("proved: ") })
        #expect(last.contains("sent=100") && last.contains("ledger=balanced"), "\(last)")
        #expect(last.hasSuffix("open=0"), "\(last)")
    }
}
