// SPDX-License-Identifier: MIT
import Glibc

/// The work that waits for a free connection; each connection's thread takes the next piece.
///
/// First in, first out. Owner of its state: whoever holds `mutex`.
// SAFETY: `jobs` and `isClosed` are touched only with `mutex` locked, and both pthread objects live
// at fixed addresses until deinit, which runs when no thread can be inside any more.
final class PostgresJobQueue: @unchecked Sendable {
    /// Work for a connection, and its answer when there will be none.
    struct Job: Sendable {
        let run: @Sendable (PostgresWorker) -> Void
        let refuse: @Sendable (PostgresError) -> Void
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let jobCountMax: Int
    private var jobs: [Job?] = []
    private var head = 0
    private var isClosed = false

    init(jobCountMax: Int) {
        self.jobCountMax = jobCountMax
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(filled, nil)
    }

    deinit {
        pthread_cond_destroy(filled)
        pthread_mutex_destroy(mutex)
        filled.deallocate()
        mutex.deallocate()
    }

    /// Adds a job at the end, or refuses it when the queue is full or closed.
    func add(_ job: Job) {
        pthread_mutex_lock(mutex)
        let refusal: String?
        if isClosed {
            refusal = "the pool is closed"
        } else if jobs.count - head >= jobCountMax {
            refusal = "\(jobCountMax) jobs already wait for a connection"
        } else {
            refusal = nil
            jobs.append(job)
            pthread_cond_signal(filled)
        }
        pthread_mutex_unlock(mutex)
        if let refusal { job.refuse(PostgresError(.unavailable, refusal)) }
    }

    /// The next job; waits for one. Nil once the queue is closed and empty.
    func next() -> Job? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while head == jobs.count {
            if isClosed { return nil }
            pthread_cond_wait(filled, mutex)
        }
        let job = jobs[head]
        jobs[head] = nil
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024, head * 2 > jobs.count {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }

    /// Takes no more jobs; those that wait are still done.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(filled)
        pthread_mutex_unlock(mutex)
    }
}
