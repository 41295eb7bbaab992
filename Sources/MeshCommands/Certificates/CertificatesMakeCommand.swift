// SPDX-License-Identifier: MIT
import ArgumentParser
import SecureTransport

/// `meshctl certs make`: a root of trust and a certificate for each daemon, operator and tenant.
struct CertificatesMakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Make the root of trust if there is none, and a certificate for each name.",
        discussion: "Certificates that are there already are made anew; the root is kept.")

    @Option(help: "Directory to write to.")
    var out: String = "certs"

    @Option(name: .customLong("tenant"), help: "A tenant to make a certificate for; repeatable.")
    var tenants: [String] = []

    @Option(name: .customLong("host"), help: "A further DNS name of the daemons; repeatable.")
    var hosts: [String] = []

    @Option(help: "Days that certificates are good for.")
    var days: Int = 365

    func validate() throws {
        guard (1...825).contains(days) else { throw ValidationError("--days takes 1 to 825") }
    }

    func run() async throws {
        let maker = CertificateMaker(directory: out, hosts: hosts, validDays: days)
        try maker.make(tenants: tenants)
        print("certificates in \(out): keep ca.key off the machines that serve")
    }
}
