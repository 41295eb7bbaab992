// SPDX-License-Identifier: MIT

import Glibc
import Testing

@testable import HTTPCalls

@Suite struct AddressPolicyTests {
    private func bytes(_ text: String) -> [UInt8] {
        var address = [UInt8](repeating: 0, count: 16)
        let family = text.contains(":") ? AF_INET6 : AF_INET
        #expect(inet_pton(family, text, &address) == 1)
        return Array(address.prefix(family == AF_INET6 ? 16 : 4))
    }

    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.1.1",
        "198.18.0.1", "198.19.255.255", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
        "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::1",
        "::ffff:0:127.0.0.1", "64:ff9b:1::808:808", "2001:0:808:808::1", "2001:2::1", "2001:20::1",
        "3fff::1", "5f00::1", "192.88.99.1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1",
        "2001:db8::1", "100::1",
    ])
    func `addresses inside are refused to the public policy`(address: String) {
        #expect(!AddressPolicy.publicOnly.permits(bytes(address)))
        #expect(AddressPolicy.any.permits(bytes(address)))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1",
        "192.0.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.255", "2606:4700::1111",
        "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "2001:200::1", "64:ff9b::808:808", "2002:808:808::1",
        "2001:4860::8888",
    ])
    func `addresses of the public Internet are permitted`(address: String) {
        #expect(AddressPolicy.publicOnly.permits(bytes(address)))
    }

    @Test func `what is no address is refused to the public policy`() {
        #expect(!AddressPolicy.publicOnly.permits([]))
        #expect(!AddressPolicy.publicOnly.permits([8, 8, 8]))
    }
}
