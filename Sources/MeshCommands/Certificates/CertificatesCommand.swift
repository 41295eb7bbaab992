// SPDX-License-Identifier: MIT
import ArgumentParser

/// `meshctl certs`: the mesh's own certificates.
struct CertificatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs", abstract: "Make certificates.",
        subcommands: [CertificatesMakeCommand.self])
}
