// SPDX-License-Identifier: MIT

import FoundationEssentials
import Glibc
import Orders

/// What the kernel knows of this process, under the names that every Prometheus exporter uses.
enum ProcessMetrics {
    static func register(in registry: MetricsRegistry, started: MeshInstant) {
        let startSeconds = Double(started.milliseconds) / 1_000
        registry.sample("process_start_time_seconds") { [.init(startSeconds)] }
        registry.sample("process_cpu_seconds_total", as: .counter) { [.init(cpuSeconds)] }
        registry.sample("process_resident_memory_bytes") {
            residentByteCount.map { [.init(Double($0))] } ?? []
        }
        registry.sample("process_open_fds") {
            openDescriptorCount.map { [.init(Double($0))] } ?? []
        }
    }

    /// User and system time of all threads.
    static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Nil when /proc is not mounted.
    static var residentByteCount: Int? {
        guard let text = try? String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8)
        else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Nil when /proc is not mounted.
    static var openDescriptorCount: Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
}
