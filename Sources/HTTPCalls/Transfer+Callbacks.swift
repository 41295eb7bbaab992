// SPDX-License-Identifier: MIT

import CCurl
import Glibc

extension Transfer {
    /// Gives libcurl this transfer as the context of its callbacks; it must outlive the transfer.
    func attach() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let raw = handle.raw
        for option in [
            CURLOPT_PRIVATE, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA,
            CURLOPT_OPENSOCKETDATA,
        ] {
            ccurl_set_pointer(raw, option, context)
        }
        ccurl_set_write_function(raw) { bytes, size, count, context in
            let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Transfer.of(context).receive(part) ? part.count : 0
        }
        ccurl_set_header_function(raw) { bytes, size, count, context in
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Transfer.of(context).receiveHeader(line) ? line.count : 0
        }
        ccurl_set_read_function(raw) { bytes, size, count, context in
            let room = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            return Transfer.of(context).handle.readPayload(into: room)
        }
        ccurl_set_open_socket_function(raw) { context, _, address in
            guard let address else { return CURL_SOCKET_BAD }
            return Transfer.of(context).openSocket(address)
        }
    }

    /// SAFETY: the context is the transfer that `attach` gave, which the loop keeps alive.
    private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("libcurl lost its context") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func openSocket(_ target: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard addressPolicy.permits(Self.addressBytes(target)) else {
            refuseAddress()
            return CURL_SOCKET_BAD
        }
        let kind = target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(target.pointee.family, kind, target.pointee.protocol)
    }

    /// 4 or 16 bytes; none for a family that is not IP.
    ///
    /// SAFETY: read through the pointer, for libcurl's `addr` is longer than the `sockaddr` it is
    /// declared as: `addrlen` bytes stand there.
    private static func addressBytes(_ target: UnsafeMutablePointer<curl_sockaddr>) -> [UInt8] {
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return [] }
        let address = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(target) + offset, count: Int(target.pointee.addrlen))
        switch target.pointee.family {
        case AF_INET where address.count >= 8: return Array(address[4..<8])
        case AF_INET6 where address.count >= 24: return Array(address[8..<24])
        default: return []
        }
    }
}
