// SPDX-License-Identifier: MIT
import Glibc

/// The ports of one mesh. Chosen before anything starts, so that a daemon that dies comes back where
/// the others look for it.
struct MeshPorts: Sendable {
    var http: Int
    var mesh: [String: Int]
    var admin: [String: Int]

    /// The ports of `docs/OPERATING.md`.
    static let standard = MeshPorts(
        http: 9000,
        mesh: ["ingestd": 9100, "brokerd": 9101, "ratelimitd": 9102, "bridged": 9103],
        admin: [
            "ingestd": 9200, "inventoryd": 9201, "paymentd": 9202, "fulfillmentd": 9203,
            "notificationd": 9204, "brokerd": 9205, "ratelimitd": 9206, "bridged": 9207,
        ])

    /// Ports that nobody listens on now.
    static func free() throws -> MeshPorts {
        var ports = standard
        let count = 1 + ports.mesh.count + ports.admin.count
        var found = try freePorts(count: count)
        ports.http = found.removeLast()
        for name in ports.mesh.keys { ports.mesh[name] = found.removeLast() }
        for name in ports.admin.keys { ports.admin[name] = found.removeLast() }
        return ports
    }

    /// Makes sure that nobody listens on them: a daemon that cannot have its port would be started
    /// again for ever, while whoever has it answers in its place.
    ///
    /// - Throws: `CommandError` that names the first port that is taken.
    func check() throws(CommandError) {
        for (name, port) in all {
            guard let number = Self.bindError(port) else { continue }
            throw CommandError(
                "port \(port) (\(name)): \(ErrorText.of(number)); stop what listens there, or use "
                    + "--any-ports")
        }
    }

    /// Every port and what it is for, in the order of the numbers.
    private var all: [(name: String, port: Int)] {
        let mesh = mesh.map { ("\($0.key), mesh", $0.value) }
        let admin = admin.map { ("\($0.key), admin", $0.value) }
        return ([("ingestd, HTTP", http)] + mesh + admin).sorted { $0.1 < $1.1 }
    }

    /// Why `port` cannot be had; nil when it can. As the daemons do, past connections are no reason.
    private static func bindError(_ port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = loopback(port: UInt16(port))
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return status == 0 ? nil : errno
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// Asks the kernel for all of them before giving one back, so that they differ.
    private static func freePorts(count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for descriptor in sockets { close(descriptor) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw CommandError("no socket: errno \(errno)") }
            sockets.append(descriptor)
            return try freePort(of: descriptor)
        }
    }

    private static func freePort(of descriptor: Int32) throws -> Int {
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0
                    ? getsockname(descriptor, generic, &length) : -1
            }
        }
        guard status == 0 else { throw CommandError("no free port: errno \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
