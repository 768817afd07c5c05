import Alerting
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Real programs; the only wall time in here is how long a program is given.
@Suite(.serialized) struct CommandTests {
    /// A folder that goes with the test.
    final class Folder: Sendable {
        let path = NSTemporaryDirectory() + "waymark-hook-\(UUID().uuidString)"

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func text(_ name: String) throws -> String {
            try String(contentsOfFile: path + "/" + name, encoding: .utf8)
        }

        /// The lines of a file as process ids, once it has so many.
        func pids(_ name: String, count: Int) async throws -> [pid_t] {
            for _ in 0..<500 {
                let pids = ((try? text(name)) ?? "").split(separator: "\n").compactMap { pid_t($0) }
                if pids.count >= count { return pids }
                try await Task.sleep(for: .milliseconds(20))
            }
            return []
        }
    }

    static func sender(_ argv: [String], limit: Duration = .seconds(60), slots: Slots = Slots(4)) -> CommandSender {
        CommandSender(argv: argv, limit: limit, slots: slots, clock: ContinuousClock())
    }

    /// Whether a process has gone, given a while for it to be reaped.
    static func isGone(_ pid: pid_t) async -> Bool {
        for _ in 0..<500 {
            if kill(pid, 0) != 0, errno == ESRCH { return true }
            // Whoever inherits an orphan may take its time to reap it.
            let state = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            if state.isEmpty || state.contains(") Z ") { return true }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    @Test func theMessageIsOnStandardInputAndNothingIsAShell() async throws {
        let folder = try Folder()
        let body = Array("{\"a\":\"$(touch x); `id` \\u001b\\u0000\"}\n".utf8)
        let outcome = await Self.sender(["/usr/bin/tee", folder.path + "/got; $(id)"]).send(body)
        #expect(try folder.text("got; $(id)").utf8.elementsEqual(body))
        guard case .delivered(let text) = outcome else { Issue.record("\(outcome)"); return }
        #expect(text.hasPrefix("exit code 0: {"))
    }

    @Test func aProgramNeedNotReadItsInput() async {
        let body = [UInt8](repeating: 120, count: 1 << 20)
        for _ in 0..<20 { #expect(await Self.sender(["true"]).send(body) == .delivered("exit code 0")) }
    }

    @Test func exitCodesSignalsAndMissingProgramsAreSaid() async {
        let failed = await Self.sender(["/bin/sh", "-c", "echo no luck >&2; exit 7"]).send([])
        #expect(failed == .refused("/bin/sh: exit code 7: no luck"))
        let killed = await Self.sender(["/bin/sh", "-c", "kill -9 $$"]).send([])
        #expect(killed.text.hasPrefix("/bin/sh: ended by a signal"))
        for program in ["/nowhere/page", "waymark-no-such-program"] {
            let missing = await Self.sender([program]).send([])
            guard case .refused(let text) = missing else { Issue.record("\(missing)"); return }
            #expect(text.contains(program))
        }
    }

    @Test func endlessOutputIsCutAndDoesNotStopTheProgram() async {
        let outcome = await Self.sender(["/bin/sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; exit 0"]).send([])
        guard case .delivered(let text) = outcome else { Issue.record("\(outcome)"); return }
        #expect(text.hasPrefix("exit code 0: xxx") && text.count < 5_000)
    }

    @Test func aLateProgramIsEndedWithAllItsChildren() async throws {
        let folder = try Folder()
        // The program, a child and a grandchild; none of them hears SIGTERM.
        let script = """
            trap '' TERM
            echo $$ >> "$1/pids"
            sh -c 'trap "" TERM; echo $$ >> "$1/pids"; sh -c "trap \\"\\" TERM; echo \\$\\$ >> $1/pids; sleep 600; sleep 600" & sleep 600; sleep 600' x "$1" &
            sleep 600
            sleep 600
            """
        async let sent = Self.sender(["/bin/sh", "-c", script, "x", folder.path], limit: .seconds(1)).send([])
        let pids = try await folder.pids("pids", count: 3)
        #expect(pids.count == 3)
        let outcome = await sent
        #expect(outcome == .refused("/bin/sh: not done after 1.0 s, ended"))
        for pid in pids { #expect(await Self.isGone(pid)) }
    }

    @Test func aLateProgramMayEndInOrder() async throws {
        let folder = try Folder()
        let script = "trap 'echo bye > \"$1/bye\"; exit 0' TERM; sleep 600 & wait"
        let outcome = await Self.sender(["/bin/sh", "-c", script, "x", folder.path], limit: .milliseconds(800)).send([])
        #expect(outcome.text.contains("not done after"))
        #expect(try folder.text("bye") == "bye\n")
    }

    @Test func whatAProgramLeavesBehindIsEnded() async throws {
        let folder = try Folder()
        // The child keeps standard output open: nobody may wait for it.
        let outcome = await Self.sender(
            ["/bin/sh", "-c", "sleep 600 & echo $! > \"$1/pids\"; echo done", "x", folder.path]
        ).send([])
        #expect(outcome == .delivered("exit code 0: done"))
        let pid = try #require(try await folder.pids("pids", count: 1).first)
        #expect(await Self.isGone(pid))
    }

    @Test func aProgramHasNoTerminalAndNoOpenFiles() async {
        let outcome = await Self.sender(["/bin/sh", "-c", "ls /proc/self/fd; (: </dev/tty) 2>/dev/null && echo tty"])
            .send([])
        // ls itself has the folder open as 3.
        #expect(outcome.text.contains("0\n1\n2\n3") && !outcome.text.contains("tty") && !outcome.text.contains("\n4"))
    }

    @Test func aCancelledRunIsEnded() async throws {
        let folder = try Folder()
        let task = Task {
            await Self.sender(["/bin/sh", "-c", "echo $$ > \"$1/pids\"; sleep 600", "x", folder.path]).send([])
        }
        let pid = try #require(try await folder.pids("pids", count: 1).first)
        task.cancel()
        _ = await task.value
        #expect(await Self.isGone(pid))
    }

    @Test func atMostFourRunAtOnce() async throws {
        let folder = try Folder()
        let slots = Slots(AlertingEnvironment.commandsAtOnce)
        // Every program notes how many run while it does.
        let script = """
            touch "$1/run.$$"
            ls "$1" | grep -c run >> "$1/counts"
            sleep 0.2
            ls "$1" | grep -c run >> "$1/counts"
            rm "$1/run.$$"
            """
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    _ = await Self.sender(["/bin/sh", "-c", script, "x", folder.path], slots: slots).send([])
                }
            }
        }
        let counts = try folder.text("counts").split(separator: "\n").compactMap { Int($0) }
        #expect(counts.count == 24 && (counts.max() ?? 9) <= 4 && (counts.max() ?? 0) > 1)
    }
}
