// SPDX-License-Identifier: MIT

/// Which test proves which rule, where the test does not name the rule itself.
enum RuleProofs {
    /// By rule, the names of tests.
    static let tests: [String: [String]] = [
        "F-6": ["a short body stays as it is", "a body that does not shrink stays as it is"],
        "H-1": ["a TLS 1.2 client is refused", "a plain-text client is cut off"],
        "H-2": ["a stranger's certificate is not trusted"],
        "H-3": ["a client that offers another protocol is refused"],
        "H-4": ["any other URI is no identity"],
        "H-5": ["a request before HELLO", "another HELLO"],
        "H-6": ["a HELLO with another magic"],
        "H-7": [
            "more requests in flight than allowed",
            "a request longer than the server takes is not sent",
        ],
        "H-8": ["silence instead of HELLO"],
        "H-9": ["a thousand concurrent calls each get their own answer"],
        "H-13": ["brokerd and ratelimitd keep the protocol"],
        "H-14": ["a peer that does not read is cut off"],
        "C-1": clients,
        "C-2": clients,
        "C-3": clients,
        "C-4": clients,
        "C-5": clients,
        "C-6": clients,
        "C-7": clients,
        "C-8": clients,
        "B-1": ["what was answered survives every crash, once and whole"],
        "B-3": ["brokerd and ratelimitd keep the protocol"],
        "B-4": [
            "a full queue refuses with depth, limit and time to wait",
            "a full queue says how full it is in fields",
            "the depth limit is exact and counts what is not durable yet",
            "the byte limit is exact",
        ],
        "B-5": ["on a full disk nothing new is taken, and what is there is settled"],
        "B-6": ["no more is delivered than there is credit for"],
        "B-9": ["a message waits for its time"],
        "B-15": ["a message that fails every attempt is a dead letter once, with its history"],
        "B-16": ["what was answered survives every crash, once and whole"],
        "S-2": ["what was answered survives every crash, once and whole"],
        "S-4": ["a torn last batch is cut, named, and never seen again"],
        "S-5": [
            "every bit that is turned over before the last batch is found, file and offset named"
        ],
        "S-7": ["a crash at any write leaves the old snapshot or the new one"],
        "S-8": [
            "every bit of a snapshot that is turned over is found, file and offset named",
            "a log is continued behind a snapshot by the batches that were chained to it",
        ],
        "S-9": ["what a snapshot restores is what the whole log says"],
        "S-10": [
            "what was moved is there after a start, with all that is known of it",
            "a message that changed since is not moved",
        ],
        "S-11": [
            "a segment that was written over while it was copied shows in the copy",
            "a copy made under load holds all that was confirmed before it began",
        ],
        "S-12": [
            "a damaged snapshot is set aside, and no message is lost",
            "a log is cut at the damage when told, what is lost counted and kept",
        ],
        "S-13": [
            "a start on a full disk takes the spare that was kept for it, and settles",
            "without a spare it goes on where the log ended, over what was torn there",
        ],
        "L-1": ["no limiter grants too much, nor forgets more than a lease"],
        "L-2": [
            "a take that the shared bucket refuses costs the tenant nothing",
            "a take that the tenant's bucket refuses costs nobody else anything",
        ],
        "L-5": ["a grant is refunded once, to its own tenant, and only while remembered"],
        "L-7": [
            "a take beyond the standing lease waits for a checkpoint",
            "without its database the limiter spends its leases, then refuses",
        ],
        "L-8": [
            "all plans are listed, and what a plan says of slots and shadow is kept",
            "a stranger to the policy neither takes nor sets plans",
            "a plan that changes in the database is in force without a word to the limiter",
        ],
        "O-1": ["an order whose hand-over is ambiguous stands, and the outbox hands it over"],
        "O-7": ["a key speaks for its tenant alone, until it is revoked"],
        "O-2": [
            "two hundred requests at once with one key make one order and get one answer",
            "two ingest daemons at once make one order of one key",
        ],
        "O-3": ["a different order under the same key is refused, at once and later"],
        "O-4": ["a quantity out of range is refused and named"],
        "O-5": [
            "a tenant over its limit is refused with the time to come back",
            "a full queue refuses before anything is stored",
        ],
        "O-6": ["a certificate speaks for its own tenant alone"],
    ]

    /// What `meshctl conformance golden` tries.
    private static let clients = [
        "the client in Python passes every golden case", "our own client passes every golden case",
        "a client with a fault fails the cases that are about it, and no other",
    ]

    /// Rules that no test proves, and why.
    static let untested: [String: String] = [
        "S-1": "the simulated disk loses names, but no test says so by name",
        "S-3": "no test goes on after an error of the disk",
        "S-6": "no test writes a log that contradicts itself",
    ]
}
