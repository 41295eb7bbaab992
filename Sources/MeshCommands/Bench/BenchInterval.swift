// SPDX-License-Identifier: MIT

/// How long a case runs unmeasured, and then measured.
struct BenchInterval {
    /// Both in seconds.
    let warmUp: Double
    let measured: Double

    /// Measures a load that runs already.
    ///
    /// - Parameters:
    ///   - cpu: of the daemon; nil when its process is not known.
    ///   - begin: has the load begin to count.
    ///   - end: has it stop, and say what it did.
    func measure(
        _ name: String, _ load: BenchCase, cpu: ProcessCPU?, begin: () async throws -> Void,
        end: () async throws -> BenchSample
    ) async throws -> BenchResult {
        try await Task.sleep(for: .seconds(warmUp))
        let cpuBefore = cpu?.time()
        let started = ContinuousClock.now
        try await begin()
        try await Task.sleep(for: .seconds(measured))
        let cpuAfter = cpu?.time()
        let elapsed = ContinuousClock.now - started
        let sample = try await end()
        return BenchResult(
            name: name, load: load, sample: sample, seconds: elapsed / .seconds(1),
            cpu: cpuBefore.flatMap { before in cpuAfter.map { $0 - before } }, fsyncCount: nil)
    }
}
