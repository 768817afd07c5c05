#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A bound and listening TCP socket, made before any server runs, so that a port in use is told at once and by name.
struct ListeningSocket: Sendable {
    /// The descriptor; whoever serves on it owns it.
    let descriptor: CInt
    /// The actual port.
    let port: Int

    /// How many connections the system may queue.
    private static let backlog: CInt = 256

    /// Opens a socket on a loopback address.
    static func open(_ which: ReceiverProtocol, host: String, port: Int) throws(ReceiverError) -> ListeningSocket {
        guard let address = LoopbackAddress(host) else { throw .notLoopback(host: host) }
        guard let number = UInt16(exactly: port) else {
            throw .cannotListen(which, host: host, port: port, reason: "a port is a number from 0 to 65535")
        }
        let descriptor = systemSocket(address)
        guard descriptor >= 0 else { throw failure(which, host: host, port: port, code: errno) }
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        guard address.bind(descriptor, port: number) == 0, listen(descriptor, backlog) == 0 else {
            let code = errno
            _ = systemClose(descriptor)
            throw failure(which, host: host, port: port, code: code)
        }
        return ListeningSocket(descriptor: descriptor, port: actualPort(descriptor) ?? port)
    }

    /// Closes a socket that nobody serves on.
    func close() { _ = systemClose(descriptor) }

    private static func failure(
        _ which: ReceiverProtocol, host: String, port: Int, code: CInt
    ) -> ReceiverError {
        if code == EADDRINUSE { return .portInUse(which, host: host, port: port) }
        return .cannotListen(which, host: host, port: port, reason: String(cString: strerror(code)))
    }

    private static func systemSocket(_ address: LoopbackAddress) -> CInt {
        #if canImport(Glibc)
            let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        #elseif canImport(Musl)
            let kind = SOCK_STREAM | SOCK_CLOEXEC
        #else
            let kind = SOCK_STREAM
        #endif
        return socket(address.family, kind, 0)
    }

    /// The port the system chose; both address families keep it at the same place, in network order.
    private static func actualPort(_ descriptor: CInt) -> Int? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { return nil }
        return withUnsafeBytes(of: &storage) {
            Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }
}

private func systemClose(_ descriptor: CInt) -> CInt { close(descriptor) }

/// An address that only this machine can reach.
enum LoopbackAddress: Sendable {
    /// Within 127.0.0.0/8.
    case v4(in_addr)
    /// ::1.
    case v6(in6_addr)

    /// Reads `localhost`, an IPv4 address within 127.0.0.0/8, or `::1`; nil for anything else. Asks no name server.
    init?(_ host: String) {
        let name = host == "localhost" ? "127.0.0.1" : host
        var four = in_addr()
        if inet_pton(AF_INET, name, &four) == 1 {
            guard UInt32(bigEndian: four.s_addr) >> 24 == 127 else { return nil }
            self = .v4(four)
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, name, &six) == 1 else { return nil }
        let isLoopback = withUnsafeBytes(of: &six) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
        guard isLoopback else { return nil }
        self = .v6(six)
    }

    /// The socket's address family.
    var family: CInt {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }

    /// Binds a socket of the family; returns what the system returns.
    func bind(_ descriptor: CInt, port: UInt16) -> CInt {
        switch self {
        case .v4(let four):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr = four
            return Self.bind(descriptor, &address)
        case .v6(let six):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = six
            return Self.bind(descriptor, &address)
        }
    }

    private static func bind<Address>(_ descriptor: CInt, _ address: inout Address) -> CInt {
        let length = socklen_t(MemoryLayout<Address>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { systemBind(descriptor, $0, length) }
        }
    }
}

private func systemBind(_ descriptor: CInt, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> CInt {
    bind(descriptor, address, length)
}
