import Foundation
import Journeys
import Telemetry

/// Reads the fields of a request's JSON object strictly: an unknown field is an error, as is a wrong type.
struct ControlFields {
    private static let longestName = 200
    private static let longestText = 4_000

    /// One value of the object.
    private enum Value: Decodable {
        case text(String)
        case number(UInt64)
        case nothing
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .nothing
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(UInt64.self) {
                self = .number(number)
            } else {
                self = .other
            }
        }

        var words: String {
            switch self {
            case .text(let text): "\"\(text.cut(to: 60))\""
            case .number(let number): "\(number)"
            case .nothing: "null"
            case .other: "neither a text nor a whole number"
            }
        }
    }

    private let values: [String: Value]

    /// Reads a body; an empty one is an empty object.
    ///
    /// - Throws: ``ControlProblem`` 400 when it is not one JSON object, or holds a field that is not known.
    init(_ body: [UInt8], known: [String]) throws(ControlProblem) {
        let example = "a JSON object with \(known.joined(separator: ", "))"
        guard !body.isEmpty else {
            values = [:]
            return
        }
        guard let object = try? JSONDecoder().decode([String: Value].self, from: Data(body)) else {
            throw ControlProblem(400, "the body is not a JSON object", expected: example)
        }
        for name in object.keys.sorted() where !known.contains(name) {
            throw ControlProblem(
                400, "unknown field \"\(name.cut(to: 60))\"", field: name.cut(to: 60), expected: example,
                suggestion: EditDistance.nearest(to: name, among: known))
        }
        values = object.filter { if case .nothing = $0.value { false } else { true } }
    }

    /// A text that must be there.
    func text(_ name: String, expected: String, limit: Int = ControlFields.longestName) throws(ControlProblem) -> String
    {
        guard let text = try optional(name, limit: limit) else {
            throw ControlProblem(400, "\"\(name)\" is missing", field: name, expected: expected)
        }
        return text
    }

    /// A text that may be there; an empty one is none.
    func optional(_ name: String, limit: Int = ControlFields.longestName) throws(ControlProblem) -> String? {
        guard let value = values[name] else { return nil }
        guard case .text(let text) = value else {
            throw ControlProblem(400, value.words, field: name, expected: "a text")
        }
        guard text.unicodeScalars.count <= limit else {
            throw ControlProblem(400, "a text of over \(limit) characters", field: name, expected: "a shorter one")
        }
        return text.isEmpty ? nil : text
    }

    /// Words for people, which may be long.
    func words(_ name: String) throws(ControlProblem) -> String? {
        try optional(name, limit: Self.longestText)
    }

    /// The name of a journey that must be there.
    func journey() throws(ControlProblem) -> String {
        try text("journey", expected: "the name of a journey")
    }

    /// A moment that may be there, as RFC 3339 or Unix nanoseconds.
    func time(_ name: String) throws(ControlProblem) -> UInt64? {
        guard let value = values[name] else { return nil }
        if case .number(let number) = value { return number }
        if case .text(let text) = value, let time = Timestamp.nanoseconds(text) { return time }
        throw ControlProblem(
            400, "\(value.words) is no time", field: name,
            expected: "RFC 3339 with a zone such as 2026-11-23T08:00:00Z, or Unix nanoseconds")
    }

    /// A duration that may be there, in nanoseconds; not zero.
    func duration(_ name: String) throws(ControlProblem) -> UInt64? {
        guard let value = values[name] else { return nil }
        if case .text(let text) = value, let length = DurationText.nanoseconds(text), length > 0 { return length }
        throw ControlProblem(
            400, "\(value.words) is no duration", field: name, expected: DurationText.form)
    }
}

extension AcknowledgeRequest {
    init(_ body: [UInt8]) throws(ControlProblem) {
        let fields = try ControlFields(body, known: ["journey", "environment", "note", "by"])
        self.init(
            journey: try fields.journey(), environment: try fields.optional("environment"),
            note: try fields.words("note"), by: try fields.optional("by"))
    }
}

extension MuteRequest {
    init(_ body: [UInt8]) throws(ControlProblem) {
        let fields = try ControlFields(body, known: ["journey", "environment", "until", "for", "note", "by"])
        let journey = try fields.journey()
        let end: End
        switch (try fields.time("until"), try fields.duration("for")) {
        case (let time?, nil): end = .until(time)
        case (nil, let length?): end = .after(length)
        case (nil, nil):
            throw ControlProblem(400, "neither \"until\" nor \"for\"", field: "until", expected: "one of them")
        default: throw ControlProblem(400, "both \"until\" and \"for\"", field: "until", expected: "one of them")
        }
        self.init(
            journey: journey, environment: try fields.optional("environment"), end: end,
            note: try fields.words("note"), by: try fields.optional("by"))
    }
}

extension UnmuteRequest {
    init(_ body: [UInt8]) throws(ControlProblem) {
        let fields = try ControlFields(body, known: ["journey", "environment", "by"])
        self.init(
            journey: try fields.journey(), environment: try fields.optional("environment"),
            by: try fields.optional("by"))
    }
}

extension MarkRequest {
    init(_ body: [UInt8]) throws(ControlProblem) {
        let known = ["kind", "service", "version", "before", "environment", "text", "time", "by"]
        let fields = try ControlFields(body, known: known)
        let kind = try fields.optional("kind") ?? "deploy"
        guard kind == "deploy" else {
            throw ControlProblem(400, "\"\(kind.cut(to: 60))\" is no kind of mark", field: "kind", expected: "deploy")
        }
        self.init(
            kind: kind, service: try fields.text("service", expected: "the name of a service"),
            version: try fields.text("version", expected: "the version from now on"),
            before: try fields.optional("before"), environment: try fields.optional("environment"),
            text: try fields.words("text"), time: try fields.time("time"), by: try fields.optional("by"))
    }
}

extension NoteRequest {
    init(_ body: [UInt8]) throws(ControlProblem) {
        let fields = try ControlFields(body, known: ["text", "journey", "environment", "by"])
        self.init(
            text: try fields.text("text", expected: "the words to write down", limit: 4_000),
            journey: try fields.optional("journey"), environment: try fields.optional("environment"),
            by: try fields.optional("by"))
    }
}

extension AlertTestRequest {
    init(_ body: [UInt8]) throws(ControlProblem) {
        let fields = try ControlFields(body, known: ["receiver"])
        self.init(receiver: try fields.optional("receiver"))
    }
}
