// SPDX-License-Identifier: MIT
import SecureTransport
import Wire

extension BridgeDesk {
    func putReceipt(
        _ request: PutReceipt, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> ReceiptKept {
        try require(peer, .putReceipt)
        if let objection = ReceiptForm.objection(to: request) {
            throw BridgeRefusal(.badReceipt, objection)
        }
        return ReceiptKept(duplicate: try await vault().keep(request))
    }

    func receipt(
        _ request: GetReceipt, _ peer: PeerIdentity
    ) async throws(BridgeRefusal) -> StoredReceipt {
        try require(peer, .getReceipt)
        guard ReceiptForm.isName(request.name) else {
            throw BridgeRefusal(.unknownReceipt, "not the name of a receipt")
        }
        return try await vault().find(request.name)
    }

    private func vault() throws(BridgeRefusal) -> ReceiptVault {
        guard let receipts else {
            throw .unsupported("no bucket is configured: set aws.bucket")
        }
        return receipts
    }
}
