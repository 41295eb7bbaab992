// SPDX-License-Identifier: MIT
import PostgresStore

extension CheckpointStore {
    static let lock = PostgresStatement(
        "limiter.lock",
        "SELECT epoch, is_open, boot, clock_offset FROM limiter_state FOR UPDATE")

    static let take = PostgresStatement(
        "limiter.take",
        """
        UPDATE limiter_state
        SET epoch = epoch + 1, is_open = true, boot = $1, clock_offset = $2, opened_at = now()
        """)

    static let epoch = PostgresStatement("limiter.epoch", "SELECT epoch FROM limiter_state")

    static let select = PostgresStatement(
        "checkpoints.load",
        "SELECT bucket, tat, interval_ns FROM bucket_checkpoints WHERE tat > $1")

    static let advance = PostgresStatement(
        "checkpoints.advance", "SELECT advance_buckets($1, $2, $3, $4, $5)")

    static let close = PostgresStatement(
        "checkpoints.close", "SELECT close_buckets($1, $2, $3, $4, $5)")

    static let sweep = PostgresStatement(
        "checkpoints.sweep",
        """
        DELETE FROM bucket_checkpoints WHERE bucket IN (
            SELECT bucket FROM bucket_checkpoints WHERE tat < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
        """)
}
