import Foundation
import Subprocess
import Synchronization

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Runs a program with the message on its standard input.
///
/// The program is started as it is named, never through a shell, in a session of its own: it cannot touch the terminal,
/// and everything that it starts belongs to its process group. When the program ends, or its time is over, the whole
/// group is ended: SIGTERM first when there is somebody to hear it, SIGKILL after ``grace``. The leader is not reaped
/// before that, so its number cannot belong to anybody else by then.
package struct CommandSender: AlertSender {
    /// How long a group may take to end after SIGTERM.
    static let grace = Duration.seconds(2)
    /// How much of the output is kept.
    static let longestOutput = 4_096

    let argv: [String]
    let limit: Duration
    let slots: Slots
    let clock: any Clock<Duration>

    /// Makes a sender.
    ///
    /// - Parameters:
    ///   - argv: The program and its arguments; at least one word.
    ///   - limit: How long a run may take.
    ///   - slots: How many may run at once; shared by all commands.
    ///   - clock: Measures the limit.
    package init(argv: [String], limit: Duration, slots: Slots, clock: any Clock<Duration>) {
        self.argv = argv
        self.limit = limit
        self.slots = slots
        self.clock = clock
    }

    /// How a run went.
    private struct Run: Sendable {
        var output: [UInt8] = []
        var isLate = false
    }

    /// Runs the program once.
    package func send(_ body: [UInt8]) async -> SendOutcome {
        guard let program = argv.first, !program.isEmpty else { return .refused("a command without a program") }
        do {
            return try await slots.withSlot { try await run(program, body) }
        } catch is CancellationError {
            return .failed("\(program): stopped", retryAfter: nil)
        } catch {
            return .refused("\(program): \(error)".cut(to: 300))
        }
    }

    private func run(_ program: String, _ body: [UInt8]) async throws -> SendOutcome {
        let input = try Self.memoryFile(body)
        defer { close(input) }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.grace)
        ]
        let result = try await Subprocess.run(
            program.contains("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(Array(argv.dropFirst())), platformOptions: options,
            input: .fileDescriptor(FileDescriptor(rawValue: input), closeAfterSpawningProcess: false),
            output: .sequence, error: .combinedWithOutput
        ) { execution in
            let leader = execution.processIdentifier.value
            let output = execution.standardOutput
            return await withinLimit(leader) {
                var kept: [UInt8] = []
                // Output beyond what is kept is read and dropped, so that the program does not stop at a full pipe.
                for try await part in output where kept.count < Self.longestOutput {
                    part.withUnsafeBytes { kept += $0.prefix(Self.longestOutput - kept.count) }
                }
                while !Self.hasEnded(leader) { try await clock.sleep(for: .milliseconds(20)) }
                return kept
            }
        }
        return outcome(program, result.closureResult, result.terminationStatus)
    }

    /// Follows a program until it or its time is over, then ends its group.
    private func withinLimit(
        _ leader: pid_t, _ follow: @escaping @Sendable () async throws -> [UInt8]
    ) async -> Run {
        await withTaskGroup(of: Run?.self) { group in
            group.addTask { (try? await follow()).map { Run(output: $0) } ?? Run() }
            group.addTask {
                do {
                    try await clock.sleep(for: limit)
                    return Run(isLate: true)
                } catch {
                    return nil
                }
            }
            let first = await group.next() ?? nil
            let isLate = first?.isLate ?? true
            // Before the group is left: reading goes on for as long as the program lives.
            await Self.end(leader, gently: isLate)
            group.cancelAll()
            return first ?? Run(isLate: true)
        }
    }

    /// Whether a child has ended; it is not reaped.
    private static func hasEnded(_ leader: pid_t) -> Bool {
        var facts = siginfo_t()
        return waitid(P_PID, id_t(leader), &facts, WEXITED | WNOHANG | WNOWAIT) != 0 || facts.si_signo == SIGCHLD
    }

    /// Ends a process group whose leader has not been reaped.
    private static func end(_ leader: pid_t, gently: Bool) async {
        if gently, !hasEnded(leader) {
            kill(-leader, SIGTERM)
            let end = ContinuousClock.now + grace
            while !hasEnded(leader), ContinuousClock.now < end {
                // Sleeping on in a cancelled task would be no sleep at all.
                await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
            }
        }
        kill(-leader, SIGKILL)
    }

    private func outcome(_ program: String, _ run: Run, _ status: TerminationStatus) -> SendOutcome {
        let said = String(decoding: run.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let tail = said.isEmpty ? "" : ": " + said.cut(to: 1_000)
        if run.isLate {
            let seconds = Double(limit.components.seconds) + Double(limit.components.attoseconds) / 1e18
            return .refused("\(program): not done after \(seconds.rounded(to: 3)) s, ended\(tail)")
        }
        switch status {
        case .exited(0): return .delivered("exit code 0\(tail)")
        case .exited(let code): return .refused("\(program): exit code \(code)\(tail)")
        default: return .refused("\(program): ended by a signal (\(status))\(tail)")
        }
    }

    /// A file without a name: a program may read it or not, early or late, and nobody waits at a pipe for it.
    private static func memoryFile(_ bytes: [UInt8]) throws(TransportProblem) -> CInt {
        let descriptor = try namelessFile()
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let problem = String(cString: strerror(errno))
                close(descriptor)
                throw TransportProblem(text: "no room for its input: \(problem)")
            }
            rest = rest.dropFirst(written)
        }
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    /// A file in memory where there is one to be had, else in the folder for temporary files; mode 0600, unlinked.
    private static func namelessFile() throws(TransportProblem) -> CInt {
        let name = "/waymark-\(getpid())-\(inputs.wrappingAdd(1, ordering: .relaxed).newValue)"
        let memory = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
        if memory >= 0 {
            shm_unlink(name)
            return memory
        }
        var template = Array("/tmp/waymark-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw TransportProblem(text: "no file for its input: \(String(cString: strerror(errno)))")
        }
        unlink(template)
        return descriptor
    }

    private static let inputs = Atomic<UInt64>(0)
}
