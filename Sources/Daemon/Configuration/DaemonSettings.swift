// SPDX-License-Identifier: MIT

/// The configuration of one daemon: a value made once, at start, from what `reader` finds.
///
/// Read every key in `init`, whether used or not, so that a key nothing reads is known to be wrong.
package protocol DaemonSettings: Sendable {
    init(from reader: SettingsReader) throws(ConfigurationError)
}
