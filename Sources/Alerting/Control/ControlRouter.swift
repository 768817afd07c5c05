import Foundation

/// Answers requests by their path; knows nothing of sockets.
struct ControlRouter: Sendable {
    /// An answer before it becomes HTTP.
    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
        var allow: String?
    }

    /// The longest body that is read, in bytes.
    static let longestBody = 64 * 1_024

    private static let paths: [(path: String, method: String)] = [
        ("/v1/ack", "POST"), ("/v1/mute", "POST"), ("/v1/unmute", "POST"), ("/v1/mark", "POST"), ("/v1/note", "POST"),
        ("/v1/alerts/test", "POST"), ("/v1/status", "GET"),
    ]

    let handler: any ControlHandler

    /// Why a path and method lead nowhere; nil when they lead somewhere.
    static func problem(_ method: String, _ path: String) -> ControlProblem? {
        let methods = paths.filter { $0.path == path }.map(\.method)
        if methods.isEmpty {
            return ControlProblem(
                404, "nothing is at \(path.cut(to: 100))", expected: paths.map(\.path).joined(separator: ", "))
        }
        guard !methods.contains(method) else { return nil }
        return ControlProblem(405, "\(method) \(path)", expected: "\(methods[0]) \(path)")
    }

    func answer(_ method: String, _ path: String, body: [UInt8]) async -> Answer {
        if let problem = Self.problem(method, path) { return Self.answer(problem) }
        do {
            switch path {
            case "/v1/ack": return Self.answer(try await handler.acknowledge(AcknowledgeRequest(body)))
            case "/v1/mute": return Self.answer(try await handler.mute(MuteRequest(body)))
            case "/v1/unmute": return Self.answer(try await handler.unmute(UnmuteRequest(body)))
            case "/v1/mark": return Self.answer(try await handler.mark(MarkRequest(body)))
            case "/v1/note": return Self.answer(try await handler.note(NoteRequest(body)))
            case "/v1/alerts/test": return Self.answer(try await handler.testAlerts(AlertTestRequest(body)))
            default: return Self.answer(try await handler.status())
            }
        } catch {
            return Self.answer(error)
        }
    }

    static func answer(_ problem: ControlProblem) -> Answer {
        var answer = answer(problem, status: problem.status)
        if problem.status == 405 { answer.allow = problem.expected?.split(separator: " ").first.map(String.init) }
        return answer
    }

    private static func answer(_ value: some Encodable, status: Int = 200) -> Answer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Answer(status: status, body: [UInt8]((try? encoder.encode(value)) ?? Data()) + [UInt8(ascii: "\n")])
    }
}
