// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

/// Invariants 1 and 7 for the built broker on file systems that are really full, or really fail.
/// Each is mounted in a private mount namespace, for which the test must run as root.
@Suite(.serialized, .enabled(if: getuid() == 0)) struct BrokerDiskTests {
    @Test func `killed on a full disk it starts, settles, and takes messages again`() async throws {
        let torture = try ToolProcess.inNamespace(
            """
            mount -t tmpfs -o size=24m none "$DIRECTORY"
            "$MESHCTL" torture disk "$DIRECTORY"
            """)
        try await check(torture)
    }

    @Test func `it ends when its disk fails, and recovers what it answered`() async throws {
        // The request that has the kernel treat the disk as gone: every write and sync is EIO then.
        let torture = try ToolProcess.inNamespace(
            """
            truncate -s 128M "$DIRECTORY.image"
            mkfs.ext4 -q "$DIRECTORY.image"
            mount -o loop "$DIRECTORY.image" "$DIRECTORY"
            cat > "$DIRECTORY.py" <<END
            import fcntl, os, struct
            fcntl.ioctl(os.open("$DIRECTORY", 0), 0x8004587d, struct.pack("I", 2))
            END
            "$MESHCTL" torture disk "$DIRECTORY" --fail "python3 $DIRECTORY.py" \\
                --mend "umount $DIRECTORY && mount -o loop $DIRECTORY.image $DIRECTORY"
            """)
        try await check(torture)
    }

    private func check(_ torture: ToolProcess) async throws {
        let status = await torture.end()
        #expect(status == 0, "\(torture.lines)")
        #expect(torture.lines.last?.hasSuffix("breaches=0") == true, "\(torture.lines)")
    }
}
