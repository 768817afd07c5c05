import Journeys
import Telemetry
import Yams

/// What has been read of one receiver so far.
private struct ReceiverDraft {
    var name = ""
    var argv: [String]?
    var address: (kind: String, address: AlertAddress)?
    var headers: [AlertReceiver.Header] = []
    var token: Secret?
    var topics: Set<AlertTopic>?
    var journeys: Set<String> = []
    var timeout: UInt64?
    var repeatAfter: UInt64?
    var ways: [String] = []
    var places: [String: SourcePlace] = [:]
}

extension AlertingReader {
    private static let receiverKeys = [
        "name", "command", "webhook", "alertmanager", "headers", "token-file", "on", "journeys", "timeout", "repeat",
    ]

    /// Reads one entry of `alerting`; nil after reporting why it cannot be used.
    mutating func receiver(_ node: Node) -> AlertReceiver? {
        let before = nodes.diagnostics.count
        guard let entries = nodes.entries(node, of: "a receiver", keys: Self.receiverKeys) else { return nil }
        var draft = ReceiverDraft()
        for entry in entries {
            draft.places[entry.name] = entry.place
            apply(entry, to: &draft)
        }
        check(draft, at: nodes.place(node))
        guard nodes.diagnostics.count == before, let kind = kind(of: draft) else { return nil }
        let usualRepeat = draft.ways == ["webhook"] ? AlertReceiver.usualRepeat : nil
        return AlertReceiver(
            name: draft.name, kind: kind, topics: draft.topics ?? AlertTopic.usual, journeys: draft.journeys,
            timeout: draft.timeout ?? AlertReceiver.usualTimeout,
            repeatAfter: draft.repeatAfter.map { $0 == 0 ? nil : $0 } ?? usualRepeat, place: nodes.place(node))
    }

    private func kind(of draft: ReceiverDraft) -> AlertReceiver.Kind? {
        if let argv = draft.argv { return .command(argv) }
        guard let (kind, address) = draft.address else { return nil }
        return kind == "webhook"
            ? .webhook(address, headers: draft.headers, token: draft.token)
            : .alertmanager(address, headers: draft.headers, token: draft.token)
    }

    private mutating func apply(_ entry: ConfigurationEntry, to draft: inout ReceiverDraft) {
        switch entry.name {
        case "name": draft.name = nodes.scalar(entry, expected: Self.nameForm, Self.name) ?? ""
        case "command":
            draft.ways.append(entry.name)
            draft.argv = command(entry)
        case "webhook", "alertmanager":
            draft.ways.append(entry.name)
            draft.address = address(entry).map { (entry.name, $0) }
        case "headers": draft.headers = headers(entry)
        case "token-file": draft.token = token(entry)
        case "on": draft.topics = topics(entry)
        case "journeys": draft.journeys = journeys(entry)
        case "timeout":
            draft.timeout = nodes.scalar(entry, expected: "a duration from 100ms to 5m, such as 10s") { text in
                DurationText.nanoseconds(text).flatMap {
                    (100_000_000...Self.longestTimeout).contains($0) ? $0 : nil
                }
            }
        default:
            draft.repeatAfter = nodes.scalar(entry, expected: "never, or a duration of 1m or more such as 4h") { text in
                if text == "never" { return 0 }
                return DurationText.nanoseconds(text).flatMap { $0 >= Self.shortestRepeat ? $0 : nil }
            }
        }
    }

    private static let nameForm = "a name of up to 64 letters, digits, dots, dashes and underscores"

    private static func name(_ text: String) -> String? {
        let isGood = text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
            default: false
            }
        }
        return isGood && text.utf8.count <= 64 ? text : nil
    }

    private mutating func command(_ entry: ConfigurationEntry) -> [String]? {
        let expected = "a list of the program and its arguments, such as [/usr/local/bin/page, --team, payments]"
        guard let words = nodes.texts(entry, expected: expected)?.map(\.text) else { return nil }
        guard words[0].isEmpty == false, words.allSatisfy({ !$0.utf8.contains(0) }) else {
            nodes.report(at: entry.valuePlace, "a command without a program", expected: expected)
            return nil
        }
        return words
    }

    private mutating func address(_ entry: ConfigurationEntry) -> AlertAddress? {
        let example = entry.name == "webhook" ? "https://hooks.example/waymark" : "http://127.0.0.1:9093"
        let expected = "an http or https address such as \(example)"
        guard let text = nodes.text(entry, expected: expected) else { return nil }
        do {
            return try AlertAddress(text)
        } catch {
            // The text itself stays out of the message: there may be a secret in it.
            nodes.report(at: entry.valuePlace, "the address of \"\(entry.name)\" \(error.text)", expected: expected)
            return nil
        }
    }

    private mutating func headers(_ entry: ConfigurationEntry) -> [AlertReceiver.Header] {
        let expected = "names with values, such as {X-Source: waymark}"
        guard case .mapping(let mapping) = entry.value else {
            nodes.report(
                at: entry.valuePlace, "\(ConfigurationNodes.words(entry.value)) for \"headers\"", expected: expected)
            return []
        }
        let reserved = ["content-type", "content-length", "host", "transfer-encoding", "connection"]
        return mapping.compactMap { key, value in
            let place = nodes.place(key, fallback: entry.valuePlace)
            guard let name = key.scalar?.string, Self.isHeaderName(name) else {
                nodes.report(at: place, "a header name with other characters", expected: expected)
                return nil
            }
            guard !reserved.contains(name.lowercased()) else {
                nodes.report(at: place, "the header \"\(name)\"", expected: "a header that waymark does not set itself")
                return nil
            }
            guard let text = value.scalar?.string, text.unicodeScalars.allSatisfy({ (32...126).contains($0.value) })
            else {
                nodes.report(
                    at: place, "the value of the header \"\(name)\"", expected: "one line of visible ASCII characters")
                return nil
            }
            return AlertReceiver.Header(name: name, value: Secret(text))
        }
    }

    private static func isHeaderName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9": true
                default: "!#$%&'*+-.^_`|~".unicodeScalars.contains(scalar)
                }
            }
    }

    private mutating func topics(_ entry: ConfigurationEntry) -> Set<AlertTopic> {
        let known = AlertTopic.allCases.map(\.rawValue)
        let expected = "a list of \(known.joined(separator: ", "))"
        var topics: Set<AlertTopic> = []
        for (text, place) in nodes.texts(entry, expected: expected, orOne: true) ?? [] {
            guard let topic = AlertTopic(rawValue: text) else {
                nodes.report(
                    at: place, "\"\(text.prefix(60))\" in \"on\"", expected: expected,
                    suggestion: EditDistance.nearest(to: text, among: known))
                continue
            }
            topics.insert(topic)
        }
        return topics
    }

    private mutating func journeys(_ entry: ConfigurationEntry) -> Set<String> {
        let expected = "a list of names of journeys"
        var names: Set<String> = []
        for (text, place) in nodes.texts(entry, expected: expected, orOne: true) ?? [] {
            guard let name = JourneyReader.journeyName(text) else {
                nodes.report(at: place, "\"\(text.prefix(60))\" in \"journeys\"", expected: expected)
                continue
            }
            names.insert(name)
        }
        return names
    }

    /// What can only be seen when the whole receiver has been read.
    private mutating func check(_ draft: ReceiverDraft, at place: SourcePlace) {
        guard draft.ways.count == 1, let way = draft.ways.first else {
            let found = draft.ways.isEmpty ? "none" : draft.ways.joined(separator: " and ")
            nodes.report(
                at: place, "a receiver with \(found) of command, webhook and alertmanager", expected: "exactly one")
            return
        }
        if way == "command" {
            for key in ["headers", "token-file"] {
                guard let keyPlace = draft.places[key] else { continue }
                nodes.report(at: keyPlace, "\"\(key)\" for a command", expected: "it with a webhook or an alertmanager")
            }
        }
        if way == "alertmanager", let keyPlace = draft.places["repeat"] {
            nodes.report(
                at: keyPlace, "\"repeat\" for an alertmanager",
                expected: "it in Alertmanager's own configuration: repeat_interval")
        }
        guard let address = draft.address?.address else { return }
        checkSecrets(draft, address, at: draft.places[way] ?? place)
    }

    private mutating func checkSecrets(_ draft: ReceiverDraft, _ address: AlertAddress, at place: SourcePlace) {
        let isInFile = address.looksSecret || !draft.headers.isEmpty
        if isInFile, fileMode.isOpenToOthers {
            let what = draft.headers.isEmpty ? "the address" : "the headers"
            nodes.report(
                at: draft.places["headers"] ?? place,
                "others can read \(what) of this receiver, which may hold a secret (mode \(fileMode.modeText))",
                expected: "mode 0600: chmod 600 \(nodes.file)")
        }
        if draft.token != nil || isInFile, address.scheme == "http", !address.isLoopback {
            nodes.report(
                at: place, "a secret for \(address), which is not encrypted", expected: "https, or a loopback address")
        }
    }
}
