import Foundation

/// A running waymark, with a home of its own that is removed afterwards.
final class RunningProgram {
    let process: pid_t
    private let home: URL
    private let output: Int32

    /// Starts the program with its output and errors at the other end of a terminal or, without a size, of a pipe; with a file of
    /// journeys, unless those are to be found.
    init(
        _ path: String, _ arguments: [String], terminal: (columns: UInt16, rows: UInt16)? = nil,
        hasJourneys: Bool = true
    ) throws {
        home = FileManager.default.temporaryDirectory.appending(path: "waymark-home-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let journeys = home.appending(path: "journeys.yaml").path
        let path = URL(filePath: path).standardizedFileURL.path
        let all = [path] + arguments + (hasJourneys ? ["--journeys", journeys] : [])
        try Data(CountedJourneys.usualText.utf8).write(to: URL(filePath: journeys))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A session of its own, so that the terminal that is opened first becomes its terminal.
        posix_spawnattr_setflags(&attributes, Self.newSession)
        var writing: Int32 = -1
        if let terminal {
            let (descriptor, name) = try Self.openTerminal()
            output = descriptor
            var size = winsize(ws_row: terminal.rows, ws_col: terminal.columns, ws_xpixel: 0, ws_ypixel: 0)
            _ = ioctl(output, UInt(TIOCSWINSZ), &size)
            posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        } else {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw BenchmarkError(reason: "no pipe can be had") }
            output = ends[0]
            writing = ends[1]
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, writing, 1)
            posix_spawn_file_actions_adddup2(&actions, writing, 2)
        }
        _ = fcntl(output, F_SETFD, FD_CLOEXEC)
        let environment = [
            "HOME=\(home.path)", "PATH=/usr/bin:/bin", "TERM=xterm-256color", "LANG=C.UTF-8", "LC_ALL=C.UTF-8",
        ]
        // It begins where nobody has written journeys.
        let folder = FileManager.default.currentDirectoryPath
        _ = FileManager.default.changeCurrentDirectoryPath(home.path)
        defer { _ = FileManager.default.changeCurrentDirectoryPath(folder) }
        var started: pid_t = 0
        let code = Self.withStrings(all) { arguments in
            Self.withStrings(environment) { posix_spawn(&started, path, &actions, &attributes, arguments, $0) }
        }
        if writing >= 0 { close(writing) }
        guard code == 0 else { throw BenchmarkError(reason: "\(path): \(String(cString: strerror(code)))") }
        process = started
    }

    /// `POSIX_SPAWN_SETSID` of Linux, which Swift does not see.
    private static let newSession: Int16 = 0x80

    /// Makes a terminal: our end, and the name of the other.
    private static func openTerminal() throws -> (Int32, String) {
        // `TIOCSPTLCK` and `TIOCGPTN` of Linux: what `unlockpt` and `ptsname` do, which Swift does not see.
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var isLocked: Int32 = 0
        var number: Int32 = 0
        guard descriptor >= 0, ioctl(descriptor, 0x4004_5431, &isLocked) == 0,
            ioctl(descriptor, 0x8004_5430, &number) == 0
        else { throw BenchmarkError(reason: "no terminal can be had: \(String(cString: strerror(errno)))") }
        return (descriptor, "/dev/pts/\(number)")
    }

    deinit {
        kill(process, SIGTERM)
        var status: Int32 = 0
        for _ in 0..<100 where waitpid(process, &status, WNOHANG) == 0 {
            usleep(50_000)
            // A terminal that nobody reads would hold it up.
            _ = read(milliseconds: 0)
        }
        if kill(process, 0) == 0 {
            kill(process, SIGKILL)
            waitpid(process, &status, 0)
        }
        close(output)
        try? FileManager.default.removeItem(at: home)
    }

    private static func withStrings<Answer>(
        _ strings: [String], _ work: ([UnsafeMutablePointer<CChar>?]) -> Answer
    ) -> Answer {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return work(copies + [nil])
    }

    /// What the program has written, waiting for it so long; nothing when nothing came.
    func read(milliseconds: Int32) -> [UInt8] {
        var poll = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, milliseconds) > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, Glibc.read(output, buffer.baseAddress, buffer.count))
        }
    }

    /// Presses keys.
    func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(output, bytes, bytes.count)
    }

    /// Waits until the program has written numbers, each after a text, on one line.
    func numbers(after texts: [String], seconds: Double = 10) throws -> [Int] {
        var written = ""
        let watch = Stopwatch()
        while watch.stretch.seconds < seconds {
            written += String(decoding: read(milliseconds: 100), as: UTF8.self)
            for line in written.split(separator: "\n").dropLast(written.hasSuffix("\n") ? 0 : 1) {
                let numbers = texts.compactMap { text in
                    line.range(of: text).flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
                }
                if numbers.count == texts.count { return numbers }
            }
        }
        throw BenchmarkError(reason: "the program did not write where it listens, but: \(written.suffix(500))")
    }

    /// The processor time the program has taken, in seconds.
    var processorSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The memory the program holds, in bytes.
    var residentBytes: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// A port that nobody has at the moment.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                guard let base = pointer.baseAddress else { return false }
                return bind(descriptor, base, length) == 0 && getsockname(descriptor, base, &length) == 0
            }
        }
        guard isBound else { throw BenchmarkError(reason: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
