import Alerting
import ArgumentParser
import DataSources
import Foundation
import Glibc
import History
import Journeys
import TerminalKit

/// `waymark doctor`: what is in force, what works here, and what to do about the rest.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what terminal, ports, locale, files and settings look like, and what to do.")

    @OptionGroup var journeyOptions: JourneyOptions
    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var lookOptions: LookOptions
    @OptionGroup var receiverOptions: ReceiverOptions

    func run() async throws {
        do {
            let findings = try examine()
            for finding in findings { try Output.write(finding.line + "\n") }
            let faults = findings.count { $0.kind == .fault }
            try Output.write(faults == 0 ? "\neverything is in order\n" : "\n\(faults) to look at\n")
            if faults > 0 { throw Exit.unavailable }
        } catch let failure as Failure {
            throw failure.report()
        }
    }

    private struct Finding {
        enum Kind { case fine, note, fault }

        let kind: Kind
        let subject: String
        let text: String

        var line: String {
            let glyph = kind == .fine ? "✓" : kind == .note ? "·" : "✗"
            return "\(glyph) \(subject.padding(toLength: 10, withPad: " ", startingAt: 0)) \(text)"
        }
    }

    private func examine() throws -> [Finding] {
        let environment = ProcessInfo.processInfo.environment
        let settings = Settings(environment: environment)
        var findings = terminal(environment)
        findings.append(locale(environment))
        findings += ports(settings)
        findings += journeys(settings)
        findings += try self.settings(settings, environment)
        findings.append(history(settings.stateFolder))
        findings += alerts(settings)
        return findings
    }

    private func history(_ folder: HistoryFolder) -> Finding {
        func finding(_ kind: Finding.Kind, _ text: String) -> Finding {
            Finding(kind: kind, subject: "history", text: text)
        }
        var nearest = folder.path
        while !FileManager.default.fileExists(atPath: nearest), nearest.count > 1 {
            nearest = (nearest as NSString).deletingLastPathComponent
        }
        guard access(nearest, W_OK) == 0 else {
            return finding(
                .fault, "\(nearest) cannot be written, nothing is kept: change its rights or set XDG_STATE_HOME")
        }
        guard FileManager.default.fileExists(atPath: folder.database) else {
            return finding(.note, "none yet; it will be kept in \(folder.path)")
        }
        do throws(HistoryError) {
            var nothing = HistoryExport.Range()
            nothing.from = .max
            _ = try HistoryExport(of: folder, range: nothing)
        } catch {
            return finding(.fault, error.message)
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.database)
        let size = (attributes?[.size] as? UInt64).map { ", \(NumberFormat.bytes($0))" } ?? ""
        return finding(.fine, folder.database + size)
    }

    private func alerts(_ settings: Settings) -> [Finding] {
        func finding(_ kind: Finding.Kind, _ text: String) -> Finding {
            Finding(kind: kind, subject: "alerts", text: text)
        }
        let result = AlertingReader.load(settings.path)
        let problems = result.diagnostics.map { finding($0.severity == .error ? .fault : .note, $0.description) }
        guard !result.hasErrors else { return problems }
        let count = result.configuration.receivers.count
        guard count > 0 else {
            return problems + [finding(.note, "no receivers in the settings: only who looks at the screen is told")]
        }
        let names = result.configuration.receivers.map(\.name).joined(separator: ", ")
        return problems + [finding(.fine, "\(names); waymark alerts test tries \(count == 1 ? "it" : "them")")]
    }

    private func terminal(_ environment: [String: String]) -> [Finding] {
        var findings: [Finding] = []
        let name = environment["TERM"] ?? ""
        if name.isEmpty {
            findings.append(
                Finding(kind: .fault, subject: "terminal", text: "TERM is not set; try TERM=xterm-256color"))
        } else {
            let folders = [
                "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", (environment["HOME"] ?? "") + "/.terminfo",
            ]
            let isKnown = folders.contains { folder in
                FileManager.default.fileExists(atPath: "\(folder)/\(name.prefix(1))/\(name)")
            }
            let color = environment["COLORTERM"].map { ", COLORTERM=\($0)" } ?? ""
            findings.append(
                Finding(
                    kind: isKnown ? .fine : .fault, subject: "terminal",
                    text: isKnown
                        ? "TERM=\(name)\(color)"
                        : "TERM=\(DisplayText.visible(name)) is not in the terminal database; "
                            + "set TERM=xterm-256color or install ncurses-term"))
        }
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            let isEnough = size.ws_col >= 60 && size.ws_row >= 15
            findings.append(
                Finding(
                    kind: isEnough ? .fine : .fault, subject: "size",
                    text: "\(size.ws_col)x\(size.ws_row)" + (isEnough ? "" : "; the dashboard needs 60x15")))
        } else {
            findings.append(Finding(kind: .note, subject: "size", text: "standard output is not a terminal"))
        }
        return findings
    }

    private func locale(_ environment: [String: String]) -> Finding {
        let value =
            [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]]
            .compactMap { $0 }.first { !$0.isEmpty } ?? "C"
        let isUTF8 = value.lowercased().contains("utf-8") || value.lowercased().contains("utf8")
        return Finding(
            kind: isUTF8 ? .fine : .note, subject: "locale",
            text: isUTF8 ? value : "\(value) is not UTF-8; waymark uses C.UTF-8 where there is one, else --glyphs ascii"
        )
    }

    private func ports(_ settings: Settings) -> [Finding] {
        do {
            let receiver = try receiverOptions.receiver(settings)
            let endpoints = try receiver.listen()
            return [
                Finding(
                    kind: .fine, subject: "ports",
                    text: "OTLP gRPC \(endpoints.host):\(endpoints.grpcPort ?? 0) and HTTP "
                        + "\(endpoints.host):\(endpoints.httpPort ?? 0) are free")
            ]
        } catch let failure as Failure {
            return [Finding(kind: .fault, subject: "ports", text: failure.message)]
        } catch {
            return [Finding(kind: .fault, subject: "ports", text: "\(error)")]
        }
    }

    private func journeys(_ settings: Settings) -> [Finding] {
        do {
            guard let path = try JourneyFiles.path(settings, option: journeyOptions.journeys) else {
                return [
                    Finding(
                        kind: .note, subject: "journeys",
                        text: "no ./journeys folder; found journeys are shown, J writes one to a file")
                ]
            }
            let set = try JourneyFiles.load(path.value)
            let errors = set.diagnostics.filter { $0.severity == .error }
            guard errors.isEmpty else {
                return errors.map { Finding(kind: .fault, subject: "journeys", text: $0.description) }
            }
            return [
                Finding(
                    kind: .fine, subject: "journeys", text: "\(set.journeys.count) in \(path.value) (\(path.origin))")
            ]
        } catch let failure as Failure {
            return [Finding(kind: .fault, subject: "journeys", text: failure.message)]
        } catch {
            return [Finding(kind: .fault, subject: "journeys", text: "\(error)")]
        }
    }

    private func settings(_ settings: Settings, _ environment: [String: String]) throws -> [Finding] {
        var findings: [Finding] = []
        if let problem = settings.problem {
            findings.append(Finding(kind: .fault, subject: "settings", text: problem))
        } else {
            let exists = FileManager.default.fileExists(atPath: settings.path)
            findings.append(
                Finding(
                    kind: exists ? .fine : .note, subject: "settings",
                    text: exists ? settings.path : "\(settings.path) is not there; defaults hold"))
        }
        let budget = try storeOptions.budget(settings)
        findings.append(
            Finding(
                kind: .fine, subject: "memory",
                text: "\(NumberFormat.bytes(UInt64(budget.value))) for spans (\(budget.origin))"))
        let looks = try Looks(lookOptions, settings, environment: environment)
        findings.append(Finding(kind: .fine, subject: "theme", text: "\(looks.theme.value) (\(looks.theme.origin))"))
        return findings
    }
}
