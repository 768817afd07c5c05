import Alerting
import Foundation
import Journeys
import Testing

/// Files that are only in memory.
struct FakeFiles: SecretFiles {
    var files: [String: SecretFile] = [:]

    func read(_ path: String) throws(SecretFileProblem) -> SecretFile {
        guard let file = files[path] else {
            throw SecretFileProblem(text: "cannot be opened: No such file or directory")
        }
        return file
    }
}

@Suite struct ConfigurationTests {
    static let files = FakeFiles(files: [
        "/etc/waymark/token": SecretFile(mode: 0o600, text: "s3cret-token\n"),
        "/etc/waymark/open": SecretFile(mode: 0o644, text: "s3cret-token\n"),
        "/etc/waymark/empty": SecretFile(mode: 0o600, text: "\n"),
        "/etc/waymark/two": SecretFile(mode: 0o600, text: "one two\n"),
    ])

    static func read(_ text: String, mode: UInt32 = 0o600) -> AlertingReader.Result {
        AlertingReader.read(SecretFile(mode: mode, text: text), file: "/etc/waymark/config.yaml", files: files)
    }

    @Test func everythingIsRead() throws {
        let result = Self.read(
            """
            theme: light
            alerting:
              - name: pager
                command: [/usr/local/bin/page, --team, "payments; rm -rf /"]
                timeout: 2.5s
                on: [page, shift]
                journeys: [checkout, pay.card]
              - webhook: https://hooks.example/waymark
                headers: {X-Source: waymark}
                token-file: token
                repeat: 30m
              - webhook: http://localhost:8080/x
                on: stale
                repeat: never
              - alertmanager: http://127.0.0.1:9093/
            control:
              listen: 127.0.0.1:7788
              token-file: /etc/waymark/token
            """)
        #expect(result.diagnostics.isEmpty)
        let receivers = result.configuration.receivers
        #expect(receivers.map(\.name) == ["pager", "webhook", "webhook-2", "alertmanager"])
        #expect(receivers[0].kind == .command(["/usr/local/bin/page", "--team", "payments; rm -rf /"]))
        #expect(receivers[0].timeout == 2_500_000_000 && receivers[0].topics == [.page, .shift])
        #expect(receivers[0].journeys == ["checkout", "pay.card"] && receivers[0].repeatAfter == nil)
        #expect(receivers[0].hears(.page, of: "checkout") && !receivers[0].hears(.page, of: "cart"))
        let header = AlertReceiver.Header(name: "X-Source", value: Secret("waymark"))
        let address = try AlertAddress("https://hooks.example/waymark")
        #expect(receivers[1].kind == .webhook(address, headers: [header], token: Secret("s3cret-token")))
        #expect(receivers[1].topics == AlertTopic.usual && receivers[1].repeatAfter == 30 * minute)
        #expect(receivers[2].topics == [.stale] && receivers[2].repeatAfter == nil)
        #expect(receivers[3].target == "http://127.0.0.1:9093")
        #expect(
            result.configuration.control
                == ControlListening(host: "127.0.0.1", port: 7_788, token: Secret("s3cret-token")))
    }

    @Test func nothingIsReadWhereNothingIs() {
        for text in ["", "theme: light\n", "# nothing\n", "just words\n"] {
            let result = Self.read(text)
            #expect(result.diagnostics.isEmpty && result.configuration == AlertingConfiguration())
        }
        #expect(AlertingReader.load("/nowhere/config.yaml").diagnostics.isEmpty)
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let text: String
        let said: String
        var mode: UInt32 = 0o600
        var testDescription: String { said }

        init(_ text: String, _ said: String, mode: UInt32 = 0o600) {
            self.text = text
            self.said = said
            self.mode = mode
        }
    }

    static let hookForm = "a list of the program and its arguments, such as [/usr/local/bin/page, --team, payments]"
    static let receiverKeys =
        "name, command, webhook, alertmanager, headers, token-file, on, journeys, timeout, repeat"

    static let wrong: [Wrong] = [
        Wrong(
            "alerting: {command: [x]}\n",
            "1:11: error: a mapping for \"alerting\"; expected a list of receivers, each with command, webhook or "
                + "alertmanager"),
        Wrong(
            "alerting:\n  - pager\n",
            "2:5: error: a text where a receiver begins; expected a mapping with \(receiverKeys)"),
        Wrong(
            "alerting:\n  - comand: [x]\n",
            "2:5: error: unknown key \"comand\" in a receiver; expected \(receiverKeys); did you mean \"command\"?"),
        Wrong(
            "alerting:\n  - name: pager\n",
            "2:5: error: a receiver with none of command, webhook and alertmanager; expected exactly one"),
        Wrong(
            "alerting:\n  - command: [x]\n    webhook: https://a.example\n",
            "2:5: error: a receiver with command and webhook of command, webhook and alertmanager; expected exactly one"
        ),
        Wrong("alerting:\n  - command: page --now\n", "2:14: error: a text for \"command\"; expected \(hookForm)"),
        Wrong("alerting:\n  - command: []\n", "2:14: error: an empty list for \"command\"; expected \(hookForm)"),
        Wrong("alerting:\n  - command: [\"\"]\n", "2:14: error: a command without a program; expected \(hookForm)"),
        Wrong(
            "alerting:\n  - command: [x, [y]]\n", "2:18: error: a list in \"command\"; expected \(hookForm)"),
        Wrong(
            "alerting:\n  - webhook: hooks.example/secret\n",
            "2:14: error: the address of \"webhook\" is not an address; expected an http or https address such as "
                + "https://hooks.example/waymark"),
        Wrong(
            "alerting:\n  - webhook: ftp://hooks.example\n",
            "2:14: error: the address of \"webhook\" begins with ftp:; expected an http or https address such as "
                + "https://hooks.example/waymark"),
        Wrong(
            "alerting:\n  - webhook: https://me:secret@hooks.example\n",
            "2:14: error: the address of \"webhook\" has a name or password in it; expected an http or https address "
                + "such as https://hooks.example/waymark"),
        Wrong(
            "alerting:\n  - webhook:\n",
            "2:13: error: nothing for \"webhook\"; expected an http or https address such as "
                + "https://hooks.example/waymark"),
        Wrong(
            "alerting:\n  - alertmanager: http://:9093\n",
            "2:19: error: the address of \"alertmanager\" has no host; expected an http or https address such as "
                + "http://127.0.0.1:9093"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    headers: [a]\n",
            "3:14: error: a list for \"headers\"; expected names with values, such as {X-Source: waymark}"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    headers: {\"X Source\": a}\n",
            "3:15: error: a header name with other characters; expected names with values, such as {X-Source: waymark}"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    headers: {Host: a}\n",
            "3:15: error: the header \"Host\"; expected a header that waymark does not set itself"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    headers: {X-A: \"a\\r\\nX-B: b\"}\n",
            "3:15: error: the value of the header \"X-A\"; expected one line of visible ASCII characters"),
        Wrong(
            "alerting:\n  - command: [x]\n    token-file: token\n",
            "3:5: error: \"token-file\" for a command; expected it with a webhook or an alertmanager"),
        Wrong(
            "alerting:\n  - alertmanager: http://127.0.0.1:9093\n    repeat: 1h\n",
            "3:5: error: \"repeat\" for an alertmanager; expected it in Alertmanager's own configuration: "
                + "repeat_interval"),
        Wrong(
            "alerting:\n  - command: [x]\n    on: [page, wran]\n",
            "3:16: error: \"wran\" in \"on\"; expected a list of page, warn, shift, silence, stale; did you mean "
                + "\"warn\"?"),
        Wrong(
            "alerting:\n  - command: [x]\n    on: []\n",
            "3:9: error: an empty list for \"on\"; expected a list of page, warn, shift, silence, stale"),
        Wrong(
            "alerting:\n  - command: [x]\n    journeys: [Check Out]\n",
            "3:16: error: \"Check Out\" in \"journeys\"; expected a list of names of journeys"),
        Wrong(
            "alerting:\n  - command: [x]\n    timeout: 1h\n",
            "3:14: error: \"1h\" for \"timeout\"; expected a duration from 100ms to 5m, such as 10s"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    repeat: often\n",
            "3:13: error: \"often\" for \"repeat\"; expected never, or a duration of 1m or more such as 4h"),
        Wrong(
            "alerting:\n  - command: [x]\n    name: my pager\n",
            "3:11: error: \"my pager\" for \"name\"; expected a name of up to 64 letters, digits, dots, dashes and "
                + "underscores"),
        Wrong(
            "alerting:\n  - {name: a, command: [x]}\n  - {name: a, command: [y]}\n",
            "3:5: error: a second receiver with the name \"a\"; expected another name than that of line 2"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    token-file: open\n",
            "3:17: error: others can read the token in /etc/waymark/open (mode 0644); expected mode 0600: chmod 600 "
                + "/etc/waymark/open"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    token-file: empty\n",
            "3:17: error: /etc/waymark/empty holds no token; expected one line of up to 4096 visible ASCII characters "
                + "without spaces"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    token-file: two\n",
            "3:17: error: /etc/waymark/two holds no token; expected one line of up to 4096 visible ASCII characters "
                + "without spaces"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    token-file: none\n",
            "3:17: error: /etc/waymark/none cannot be opened: No such file or directory; expected a file that holds the "
                + "token, mode 0600"),
        Wrong(
            "alerting:\n  - webhook: https://a.example\n    headers: {Authorization: abc}\n",
            "3:5: error: others can read the headers of this receiver, which may hold a secret (mode 0644); expected "
                + "mode 0600: chmod 600 /etc/waymark/config.yaml", mode: 0o644),
        Wrong(
            "alerting:\n  - webhook: https://a.example/services/T012345678901234567890\n",
            "2:5: error: others can read the address of this receiver, which may hold a secret (mode 0640); expected "
                + "mode 0600: chmod 600 /etc/waymark/config.yaml", mode: 0o640),
        Wrong(
            "alerting:\n  - webhook: http://a.example\n    token-file: token\n",
            "2:5: error: a secret for http://a.example, which is not encrypted; expected https, or a loopback address"),
        Wrong(
            "alerting:\n  - &a {command: [x]}\n  - *a\n",
            "2:5: error: \"&a\": YAML anchors and aliases are refused"),
        Wrong(
            "alerting: []\nalerting: []\n",
            "1:1: error: the key \"alerting\" stands more than once in one mapping"),
        Wrong(
            "control: 7788\n",
            "1:10: error: a text where control begins; expected a mapping with listen, token-file, insecure"),
        Wrong(
            "control: {token-file: token}\n", "1:10: error: control without \"listen\"; expected listen: 127.0.0.1:7788"
        ),
        Wrong(
            "control: {listen: 7788}\n",
            "1:19: error: \"7788\" for \"listen\"; expected an address and a port such as 127.0.0.1:7788"),
        Wrong(
            "control: {listen: \"::1:7788\"}\n",
            "1:19: error: \"::1:7788\" for \"listen\"; expected an address and a port such as 127.0.0.1:7788"),
        Wrong(
            "control: {lisen: 127.0.0.1:1}\n",
            "1:11: error: unknown key \"lisen\" in control; expected listen, token-file, insecure; did you mean "
                + "\"listen\"?"),
        Wrong(
            "control: {listen: 127.0.0.1:1, insecure: yes}\n",
            "1:42: error: \"yes\" for \"insecure\"; expected true or false"),
        Wrong(
            "control: {listen: 0.0.0.0:7788, insecure: true}\n",
            "1:19: error: control listens on 0.0.0.0, where others can reach it, without TLS; expected a loopback "
                + "address, or a token-file and insecure: true behind a proxy that speaks TLS"),
        Wrong(
            "control: {listen: 0.0.0.0:7788, token-file: token}\n",
            "1:19: error: control listens on 0.0.0.0, where others can reach it, without TLS; expected a loopback "
                + "address, or a token-file and insecure: true behind a proxy that speaks TLS"),
    ]

    @Test(arguments: wrong)
    func eachErrorSaysWhereAndWhat(wrong: Wrong) {
        let result = Self.read(wrong.text, mode: wrong.mode)
        #expect(result.diagnostics.first?.description == "/etc/waymark/config.yaml:" + wrong.said)
        #expect(result.hasErrors)
        #expect(!"\(result.diagnostics)".contains("s3cret"))
    }

    @Test func brokenYAMLIsAnErrorWithItsPlace() throws {
        let result = Self.read("alerting: [\n")
        let first = try #require(result.diagnostics.first)
        #expect(first.description.hasPrefix("/etc/waymark/config.yaml:"))
        #expect(first.problem.hasPrefix("not YAML") && first.place.line <= 2)
    }

    @Test func aGoodReceiverSurvivesABadOne() {
        let result = Self.read("alerting:\n  - {command: [x]}\n  - {on: [page]}\n")
        #expect(result.configuration.receivers.count == 1 && result.hasErrors)
    }

    @Test func listeningEverywhereIsPossibleWhenItIsMeant() {
        let result = Self.read("control: {listen: \"[::]:7788\", token-file: token, insecure: true}\n")
        #expect(result.diagnostics.isEmpty && result.configuration.control?.host == "::")
    }

    @Test func unknownJourneysAreNamed() {
        let configuration = Self.read("alerting:\n  - {command: [x], journeys: [chekout]}\n").configuration
        #expect(
            configuration.unknownJourneys(among: ["checkout", "pay"]).map(\.description) == [
                "/etc/waymark/config.yaml:2:5: warning: receiver \"command\" waits for \"chekout\"; expected the name of "
                    + "a journey that is read; did you mean \"checkout\"?"
            ])
        #expect(configuration.unknownJourneys(among: ["chekout"]).isEmpty)
    }

    @Test func secretsShowThemselvesToNobody() throws {
        let receiver = AlertReceiver(
            name: "a",
            kind: .webhook(
                try AlertAddress("https://hooks.example/s3cret"),
                headers: [AlertReceiver.Header(name: "X-Key", value: Secret("s3cret"))], token: Secret("s3cret")))
        var dumped = ""
        dump(receiver, to: &dumped)
        for text in ["\(receiver)", String(reflecting: receiver), dumped, receiver.target] {
            #expect(!text.contains("s3cret"))
        }
        #expect(receiver.target == "https://hooks.example")
        #expect(Secret("s3cret").redacted(from: "you sent s3cret") == "you sent (secret)")
        #expect(Secret("abc").equals("abc"))
        for other in ["", "ab", "abd", "abcabc", "abc "] { #expect(!Secret("abc").equals(other)) }
        #expect(!Secret("").equals(""))
    }

    @Test func realFilesAreReadWithTheirMode() throws {
        let folder = NSTemporaryDirectory() + "waymark-alerting-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/config.yaml"
        try Data("alerting:\n  - {command: [x], headers: {a: b}}\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let files = LocalSecretFiles()
        #expect(try files.read(path).modeText == "0640" && files.read(path).isOpenToOthers)
        #expect(AlertingReader.load(path).hasErrors)
        #expect(throws: SecretFileProblem(text: "is not a plain file")) { try files.read(folder) }
        try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
        #expect(throws: SecretFileProblem(text: "is not UTF-8")) { try files.read(path) }
        #expect(AlertingReader.load(path).diagnostics.first?.problem == "the file is not UTF-8")
        try Data(count: 1_100_000).write(to: URL(fileURLWithPath: path))
        #expect(throws: SecretFileProblem(text: "is larger than 1 MiB")) { try files.read(path) }
    }
}
