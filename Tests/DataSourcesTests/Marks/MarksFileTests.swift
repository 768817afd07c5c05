import DataSources
import Telemetry
import Testing

@Suite struct MarksFileTests {
    private let path = "marks.jsonl"
    private let deploy = #"{"time":"2026-11-23T02:47:00Z","kind":"deploy","service":"payments","version":"2.14.0"}"#

    private func poll(_ lines: String...) -> MarksFile.News {
        let files = MemoryFiles()
        files.put(path, Array((lines.joined(separator: "\n") + "\n").utf8))
        var marks = MarksFile(path: path, files: files)
        return marks.poll()
    }

    private func deployed(_ version: String = "2.14.0") -> ReportedMark {
        var mark = ReportedMark(time: 1_795_402_020_000_000_000, kind: .deploy)
        mark.service = "payments"
        mark.version = version
        return mark
    }

    @Test func readsMarks() {
        let news = poll(
            deploy, "", "  ",
            #"{"kind":"note","time":1795402020000000000,"text":"pool \"small\"","journey":"checkout","by":"mo"}"#,
            #"{"time":"1795402020000000000","kind":"config","subject":"pool.max","before":"50","version":"10","x":[1]}"#
        )
        #expect(news.problems.isEmpty)
        #expect(news.marks.map(\.kind) == [.deploy, .note, .config])
        #expect(news.marks.first == deployed())
        #expect(news.marks.allSatisfy { $0.time == 1_795_402_020_000_000_000 })
        #expect(news.marks.map(\.text) == [nil, #"pool "small""#, nil])
    }

    @Test func aMarkIsWrittenAsItIsRead() {
        var mark = deployed()
        mark.time += 123
        mark.text = "a \"b\"\n\u{1}ü"
        mark.environment = "prod"
        #expect(poll(MarkLine.encode(mark)).marks == [mark])
    }

    @Test func badLinesAreNamedAndOthersGoOn() {
        let news = poll(
            deploy, "{", deploy, #"{"time":"yesterday","service":"a"}"#, #"{"time":1795402020,"service":"a"}"#,
            #"{"service":"a"}"#, #"{"time":"2026-11-23T02:47:00Z"}"#,
            #"{"time":"2026-11-23T02:47:00Z","kind":"boom"}"#, #"{"time":"2026-11-23T02:47:00Z","kind":"note"}"#,
            #"{"time":"2026-11-23T02:47:00Z","kind":"config","version":"1"}"#,
            #"{"time":"2026-11-23T02:47:00Z","service":7}"#, deploy)
        #expect(news.marks == [deployed(), deployed(), deployed()])
        let words = news.problems.map(\.description)
        #expect(words.count == 9)
        #expect(news.problems.map(\.line) == [2, 4, 5, 6, 7, 8, 9, 10, 11])
        #expect(words[1].contains("marks.jsonl:4:9: \"time\" is \"yesterday\"; expected RFC 3339"))
        #expect(words[2].contains("seconds and milliseconds are not accepted"))
        #expect(words[3].contains("\"time\" is missing"))
        #expect(words[5].contains("expected deploy, config or note"))
    }

    @Test func followsTheFile() {
        let files = MemoryFiles(pieceBytes: 7)
        var marks = MarksFile(path: path, files: files)
        let missing = marks.poll()
        #expect(missing.problems.count == 1)
        #expect(marks.poll() == MarksFile.News())
        files.put(path, Array((deploy + "\n").utf8))
        #expect(marks.poll().marks.count == 1)
        #expect(marks.poll() == MarksFile.News())
        // Half a line, then the other half.
        files.append(path, Array(deploy.utf8.prefix(20)))
        #expect(marks.poll() == MarksFile.News())
        #expect(marks.poll() == MarksFile.News())
        files.append(path, Array(deploy.utf8.dropFirst(20)) + [10])
        #expect(marks.poll().marks.count == 1)
        // A last line without an end, taken once.
        files.append(path, Array(deploy.utf8))
        #expect(marks.poll() == MarksFile.News())
        #expect(marks.poll().marks.count == 1)
        files.append(path, Array(("\n" + deploy + "\n").utf8))
        #expect(marks.poll().marks.count == 1)
        // Cut short and begun anew; replaced by another file.
        files.cut(path, to: 0)
        #expect(marks.poll() == MarksFile.News())
        files.append(path, Array((deploy + "\n").utf8))
        #expect(marks.poll().marks.count == 1)
        files.put(path, Array((deploy + "\n" + deploy + "\n").utf8))
        #expect(marks.poll().marks.count == 2)
    }

    @Test func longLinesAreLeftOut() {
        let files = MemoryFiles()
        files.put(path, Array(repeating: 0x61, count: 200_000))
        var marks = MarksFile(path: path, files: files)
        let first = marks.poll()
        #expect(first.marks.isEmpty)
        #expect(first.problems.map(\.line) == [1])
        files.append(path, Array(("aaa\n" + deploy + "\n").utf8))
        #expect(marks.poll() == MarksFile.News(marks: [deployed()], problems: []))
    }

    @Test func anyBytesAreRead() {
        var random = ShopRandom(seed: 5)
        let alphabet = Array(#"{}[]",:\timekndpoy0123456789TZ-"#.utf8) + [10, 0, 0xFF, 0x20]
        for _ in 0..<2000 {
            let files = MemoryFiles(pieceBytes: 1 + Int(random.next() % 50))
            files.put(path, (0..<200).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] })
            var marks = MarksFile(path: path, files: files)
            #expect(marks.poll().problems.count <= MarksFile.maximumProblems)
        }
    }
}
