// SPDX-License-Identifier: MIT
import Glibc

/// Where the server's programs lie, and as whom they run.
struct PostgresBinaries {
    /// Holds `initdb` and `postgres`.
    let directory: String

    /// Debian keeps one directory per major version; elsewhere they are among all programs.
    static func find() throws(PostgresError) -> PostgresBinaries {
        var candidates = (10...30).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        candidates += (10...30).reversed().map { "/usr/pgsql-\($0)/bin" }
        candidates += ["/usr/local/bin", "/usr/bin"]
        guard let found = candidates.first(where: { access($0 + "/initdb", X_OK) == 0 }) else {
            throw PostgresError(
                .unavailable, "no initdb found: install the package postgresql")
        }
        return PostgresBinaries(directory: found)
    }

    /// A command prefix that gives up root, and has the kernel signal the child when its parent dies.
    func userSwitch(deathSignal: String?) -> String {
        var prefix = ""
        if geteuid() == 0 { prefix += " --reuid=postgres --regid=postgres --init-groups" }
        if let deathSignal { prefix += " --pdeathsig=\(deathSignal)" }
        return prefix.isEmpty ? "" : "setpriv" + prefix
    }
}
