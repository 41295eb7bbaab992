// SPDX-License-Identifier: MIT
import ArgumentParser
import SecureTransport
import Sessions
import Testing

@testable import MeshCommands

/// What people type, and what they are told when it is wrong.
@Suite struct CommandLineTests {
    @Test(
        arguments: [
            (["order", "get", "xx"], "not the id of an order: xx"),
            (["order", "place"], "--item"),
            (["order", "place", "--item", "A"], "not an item: A; write PRODUCT:QUANTITY:PRICE"),
            (["order", "place", "--item", "A:-1:1"], "not an item: A:-1:1"),
            (["order", "place", "--item", "A:1:1.005"], "at most two fraction digits"),
            (["order", "place", "--item", "A:1:99999999999999999999"], "A:1:99999999999999999999"),
            (["stock", "receive", "A", "0"], "1 to 1,000,000,000"),
            (["stock", "receive", "A", "1000000001"], "1 to 1,000,000,000"),
            (["dlq", "ls", "payment", "--limit", "0"], "--limit takes 1 or more"),
            (["dlq", "redrive", "payment"], "--why"),
            (["limit", "set", "acme"], "--why"),
            (["limit", "set", "acme", "--rate", "many"], "many"),
            (["certs", "make", "--days", "0"], "--days takes 1 to 825"),
            (["certs", "make", "--days", "826"], "--days takes 1 to 825"),
            (["demo", "--orders", "0"], "--orders takes 1 to 1,000,000"),
            (["bench", "limit", "--tenants", "0"], "--tenants is 1 to 1000000"),
            (["bench", "orders", "--rate", "-1"], "--rate"),
            (["bench", "orders", "--copies", "broker=2"], "'broker=2' is not a stage"),
            (["fly"], "fly"),
        ] as [([String], String)])
    func `a wrong command line is refused with the reason, before anything is done`(
        line: [String], reason: String
    ) {
        let error = #expect(throws: (any Error).self) { try MeshCommand.parseAsRoot(line) }
        guard let error else { return }
        #expect(MeshCommand.exitCode(for: error).rawValue == 64)
        #expect(MeshCommand.message(for: error).contains(reason))
    }

    @Test func `a mesh without an address is looked for where up writes it`() throws {
        let command = try MeshCommand.parseAsRoot(["queue", "ls", "--run-dir", "/nowhere"])
        let list = try #require(command as? QueueListCommand)
        let error = #expect(throws: CommandError.self) { try list.mesh.target("brokerd") }
        #expect(
            error?.description == "no mesh runs in /nowhere: start one with `meshctl up`")
    }

    @Test(arguments: [
        (["--address", "localhost"], "not an address: localhost; write HOST:PORT"),
        (["--address", "localhost:1"], "--address needs --certificates"),
    ])
    func `an address that does not serve is refused`(options: [String], reason: String) throws {
        let list = try QueueListCommand.parse(options)
        let error = #expect(throws: CommandError.self) { try list.mesh.target("brokerd") }
        #expect(error?.description == reason)
    }

    @Test func `an address names the daemon, and the identity its files`() throws {
        let list = try QueueListCommand.parse([
            "--address", "broker.example:9101", "--certificates", "/certs", "--identity", "ops",
        ])
        let (endpoint, files, _) = try list.mesh.target("brokerd")
        #expect(endpoint.host == "broker.example" && endpoint.port == 9101)
        #expect(files.certificate == "/certs/ops.pem" && files.trustRoots == "/certs/ca.pem")
    }
}
