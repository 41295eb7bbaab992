// SPDX-License-Identifier: MIT
import Wire

extension GoldenSuite {
    /// What is no frame ends the session; the request is asked again in the next.
    static let frameCases: [GoldenCase] =
        [
            ("F-1", GoldenVector.lengthShort, "a length below that of a header"),
            ("F-1", .lengthLong, "a length above the limit"),
            ("F-2", .version, "another version of framing"),
            ("F-3", .flags, "an unknown flag"),
            ("F-4", .checksum, "a wrong checksum"),
            ("F-5", .compressionCut, "a compressed body without its plain length"),
            ("F-5", .compressionEmpty, "a block of no bytes"),
            ("F-5", .compressionLong, "a block that gives more than it claims"),
            ("F-5", .compressionShort, "a block that gives less than it claims"),
            ("F-5", .compressionOffset, "a block that copies from before its beginning"),
            ("F-5", .compressionRatio, "a plain length that no block can give"),
        ].enumerated().map { index, each in
            GoldenCase(
                id: "G-\(16 + index)", rules: [each.0, "C-1"],
                title: "\(each.2) makes the client close, and ask again elsewhere",
                instruction: .place(GoldenOrders.order(1)),
                script: [
                    .greet(), GoldenOrders.request(1), .vector(each.1), .clientCloses,
                    .greet(), GoldenOrders.again("again", of: "first"), .place("again"),
                ],
                expectation: GoldenOrders.results(1))
        }
}
