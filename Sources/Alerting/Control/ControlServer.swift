import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The HTTP server through which people and paging services acknowledge, mute and mark.
///
/// It always listens on a Unix socket that only its owner may use, and over TCP where that is configured. Bodies are at
/// most 64 KiB. Over TCP a token may be asked for, the body has to be declared as JSON, and without a token the request
/// has to name a loopback host: so no web page in a browser on this machine can give orders.
package final class ControlServer: Sendable {
    /// Why the server cannot listen, in words for people.
    package struct Failure: Error, Hashable {
        /// What happened and what to do.
        package let text: String
    }

    private let tasks: [Task<Void, any Error>]
    private let socketPath: String
    private let socketIdentity: UInt64
    /// The TCP port that it listens on; nil when it listens on the Unix socket only.
    package let port: Int?

    private init(tasks: [Task<Void, any Error>], socketPath: String, port: Int?) {
        self.tasks = tasks
        self.socketPath = socketPath
        self.port = port
        socketIdentity = SocketFile.identity(socketPath) ?? 0
    }

    /// The name of the socket in the state folder.
    package static let socketName = "control.sock"

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - socketPath: Where the Unix socket goes; its folder must exist.
    ///   - listening: Where to listen over TCP.
    ///   - handler: Does what is asked for.
    ///   - logger: Hears what is wrong with connections; nothing of a request's content.
    /// - Throws: ``Failure`` when another waymark answers at the socket, or it cannot be made, or the port is in use.
    package static func start(
        socketPath: String, listening: ControlListening? = nil, handler: any ControlHandler,
        logger: Logger = Logger(label: "waymark.control") { _ in SwiftLogNoOpLogHandler() }
    ) async throws(Failure) -> ControlServer {
        let router = ControlRouter(handler: handler)
        let staging = try SocketFile.staging(for: socketPath)
        defer { SocketFile.removeStaging(staging) }
        let unix = try await listen(.unixDomainSocket(path: staging), guarding: nil, router, logger)
        do {
            try SocketFile.publish(staging, at: socketPath)
        } catch {
            unix.task.cancel()
            throw error
        }
        var tasks = [unix.task]
        var port: Int?
        if let listening {
            do {
                let address = BindAddress.hostname(listening.host, port: listening.port)
                let tcp = try await listen(address, guarding: ControlGuard(listening), router, logger)
                tasks.append(tcp.task)
                port = tcp.port
            } catch {
                unix.task.cancel()
                unlink(socketPath)
                throw error
            }
        }
        return ControlServer(tasks: tasks, socketPath: socketPath, port: port)
    }

    /// Stops listening and takes the socket away.
    package func stop() async {
        // The name goes first: whoever comes next must not find a socket that nobody answers at.
        if SocketFile.identity(socketPath) == socketIdentity { unlink(socketPath) }
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.result }
    }

    private static func listen(
        _ address: BindAddress, guarding guardian: ControlGuard?, _ router: ControlRouter, _ logger: Logger
    ) async throws(Failure) -> (task: Task<Void, any Error>, port: Int?) {
        let (running, continuation) = AsyncStream<Result<Int?, Failure>>.makeStream()
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            await respond(to: request, guarding: guardian, router)
        }
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16_384, maxHeaderListSize: 16_384, maxHeaderFieldCount: 100)
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(idleTimeout: .seconds(30), httpDecoderConfiguration: decoder)),
            configuration: ApplicationConfiguration(
                address: address, serverName: "waymark", backlog: 64,
                availableConnectionsDelegate: MaximumAvailableConnections(64)),
            onServerRunning: { channel in continuation.yield(.success(channel.localAddress?.port)) }, logger: logger)
        let task = Task {
            do {
                try await application.run()
            } catch {
                continuation.yield(.failure(Failure(text: "cannot listen for control requests: \(error)".cut(to: 300))))
                throw error
            }
            continuation.finish()
        }
        for await result in running {
            switch result {
            case .success(let port): return (task, port)
            case .failure(let failure): throw failure
            }
        }
        throw Failure(text: "the control server ended before it listened")
    }

    private static func respond(
        to request: Request, guarding guardian: ControlGuard?, _ router: ControlRouter
    ) async -> Response {
        let method = request.method.rawValue
        let path = request.uri.path
        if let problem = guardian?.problem(request.head) ?? ControlRouter.problem(method, path) {
            return response(ControlRouter.answer(problem))
        }
        do {
            let body = try await request.body.collect(upTo: ControlRouter.longestBody)
            return response(await router.answer(method, path, body: Array(body.readableBytesView)))
        } catch is NIOTooManyBytesError {
            return response(
                ControlRouter.answer(ControlProblem(413, "a body over 64 KiB", expected: "a smaller one")))
        } catch {
            return response(ControlRouter.answer(ControlProblem(400, "a body that breaks off")))
        }
    }

    private static func response(_ answer: ControlRouter.Answer) -> Response {
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8"]
        if let allow = answer.allow { headers[.allow] = allow }
        if answer.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

/// Decides who may speak over TCP.
struct ControlGuard: Sendable {
    let token: Secret?

    init(_ listening: ControlListening) {
        token = listening.token
    }

    /// Why a request is turned away; nil when it is not.
    func problem(_ head: HTTPRequest) -> ControlProblem? {
        if let token {
            let given = head.headerFields[.authorization] ?? ""
            let bearer = given.lowercased().hasPrefix("bearer ") ? String(given.dropFirst(7)) : ""
            guard token.equals(bearer) else {
                return ControlProblem(
                    401, "no token, or a wrong one", field: "Authorization", expected: "Authorization: Bearer TOKEN")
            }
        } else if !AlertAddress.isLoopback(Self.host(head.authority ?? "")) {
            return ControlProblem(
                403, "the request is for another host", field: "Host",
                expected: "127.0.0.1, [::1] or localhost; without a token nobody else is answered")
        }
        let type = (head.headerFields[.contentType] ?? "").split(separator: ";").first.map(String.init) ?? ""
        if head.method == .post, type.trimmingCharacters(in: .whitespaces).lowercased() != "application/json" {
            return ControlProblem(
                415, "a body of another type", field: "Content-Type", expected: "Content-Type: application/json")
        }
        return nil
    }

    private static func host(_ authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[authority.index(after: authority.startIndex)..<end]).lowercased()
        }
        return (authority.split(separator: ":").first.map(String.init) ?? "").lowercased()
    }
}

/// Makes a Unix socket appear under its name only when nobody but its owner may use it.
///
/// `bind` makes a socket with the mode that the process's mask allows, so it is bound inside a folder of mode 0700,
/// given mode 0600 and then moved to its name.
private enum SocketFile {
    /// One byte less than `sun_path` holds on Linux.
    static let longestPath = 107

    static func staging(for path: String) throws(ControlServer.Failure) -> String {
        if answers(path) {
            throw ControlServer.Failure(text: "another waymark listens at \(path): stop it, or use its state folder")
        }
        var template = Array("\(path).XXXXXX".utf8CString)
        guard path.utf8.count + 9 <= longestPath else {
            throw ControlServer.Failure(
                text: "the path \(path) is too long for a Unix socket: use a shorter XDG_STATE_HOME")
        }
        guard mkdtemp(&template) != nil else {
            throw ControlServer.Failure(text: "cannot make \(path): \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/s"
    }

    static func publish(_ staging: String, at path: String) throws(ControlServer.Failure) {
        guard chmod(staging, 0o600) == 0, rename(staging, path) == 0 else {
            throw ControlServer.Failure(text: "cannot make \(path): \(String(cString: strerror(errno)))")
        }
    }

    static func removeStaging(_ staging: String) {
        unlink(staging)
        rmdir(String(staging.dropLast(2)))
    }

    static func identity(_ path: String) -> UInt64? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? UInt64(facts.st_ino) : nil
    }

    /// Whether somebody accepts connections at a socket.
    private static func answers(_ path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count <= longestPath else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
