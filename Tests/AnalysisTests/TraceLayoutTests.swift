import Analysis
import Telemetry
import Testing

@Suite struct TraceLayoutTests {
    /// A tree with a group of five, an orphan, an open consumer and errors.
    private func sample() throws -> Trace {
        var spans = [
            MadeSpan(id: 1, service: "web", name: "POST /checkout", start: 0, end: 1000),
            MadeSpan(id: 2, parent: 1, service: "cart", name: "GET /cart", start: 10, end: 60),
            MadeSpan(id: 3, parent: 2, service: "cart", name: "redis", start: 20, end: 30),
            MadeSpan(
                id: 4, parent: 1, service: "pay", name: "charge", start: 100, end: 900, status: .error,
                attributes: [Attribute("app.pool.name", .string("Orders"))], events: ["retry", "retry"],
                eventAttributes: [Attribute("reason", .string("BUSY"))]),
            MadeSpan(id: 20, parent: 0x5d10c2 << 40, service: "ledger", name: "audit", start: 500, end: 550),
            MadeSpan(id: 21, parent: 20, service: "ledger", name: "audit.write", start: 510, end: 520),
            MadeSpan(id: 30, parent: 1, service: "mailer", name: "consume", start: 950, end: nil, kind: .consumer),
        ]
        for item in 0..<5 as Range<UInt64> {
            let start = 200 + item * 100
            spans.append(
                MadeSpan(
                    id: 10 + item, parent: 4, service: "pay", name: "psp", start: start, end: start + 10 * (item + 1),
                    status: item == 2 ? .error : .unset))
        }
        return try Trace.make(spans)
    }

    private func names(_ layout: TraceLayout) -> [String] {
        layout.rows.indices.map { row in
            let fold = layout.rows[row].isFoldable ? layout.rows[row].isFolded ? "+" : "-" : ""
            let count = layout.group(of: row).map { "×\($0.members.count)" } ?? ""
            return String(repeating: " ", count: Int(layout.rows[row].depth)) + fold + layout.label(of: row).name
                + count
        }
    }

    @Test func rowsComeInPreorderWithGroupsAndMissingParents() throws {
        let trace = try sample()
        let layout = TraceLayout(TracePicture(trace))
        #expect(
            names(layout) == [
                "-POST /checkout", " -GET /cart", "  redis", " -charge", "  +psp×5", " consume", "-5d10c2", " -audit",
                "  audit.write",
            ])
        #expect(layout.rows.map(\.hidden) == [0, 0, 0, 0, 5, 0, 0, 0, 0])
        let group = try #require(layout.group(of: 4))
        #expect([group.minimum, group.median, group.maximum] == [10, 30, 50])
        #expect(layout.extent(of: 4) == 200..<650)
        #expect(layout.extent(of: 5) == 950..<1000)
        #expect(layout.extent(of: 6) == 500..<550)
        #expect(layout.errorCount(of: 4) == 1)
        #expect(layout.errorCount(of: 3) == 1)
        #expect(layout.eventCount(of: 3) == 2)
        #expect(layout.span(of: 3) == trace.number(4))
        #expect(layout.span(of: 4) == nil)
    }

    @Test func marksSayWhatIsSpecial() throws {
        let layout = TraceLayout(TracePicture(try sample()))
        #expect(layout.marks(of: 0) == .critical)
        #expect(layout.marks(of: 3) == [.critical, .error])
        #expect(layout.marks(of: 4) == [.critical, .error])
        #expect(layout.marks(of: 5) == [.open, .async])
        #expect(layout.marks(of: 6) == .orphan)
        #expect(layout.marks(of: 7) == .orphan)
    }

    @Test func foldingHidesWhatIsBelow() throws {
        let trace = try sample()
        let picture = TracePicture(trace)
        var folds = TraceFolds(folded: [picture.rowID(of: trace.number(4)), .missing(SpanID(0x5d10c2 << 40))])
        var layout = TraceLayout(picture, folds: folds)
        #expect(
            names(layout) == ["-POST /checkout", " -GET /cart", "  redis", " +charge", " consume", "+5d10c2"])
        #expect(layout.rows.map(\.hidden) == [0, 0, 0, 5, 0, 2])
        #expect(layout.errorCount(of: 3) == 2)
        #expect(layout.row(showing: trace.number(12)) == 3)
        #expect(layout.row(showing: trace.number(21)) == 5)
        #expect(layout.rows(showing: [trace.number(12), trace.number(4), trace.number(3)]) == [2, 3])
        folds = picture.unfolding(folds, toShow: trace.number(12))
        layout = TraceLayout(picture, folds: folds)
        #expect(names(layout).contains("  -psp×5"))
        #expect(layout.span(of: layout.row(showing: trace.number(12))) == trace.number(12))
        folds.foldAll()
        #expect(names(TraceLayout(picture, folds: folds)) == ["+POST /checkout", "+5d10c2"])
        folds.unfoldAll()
        #expect(TraceLayout(picture, folds: folds).rows.count == trace.spans.count + 2)
    }

    @Test func theCursorStaysOnItsSpan() throws {
        let trace = try sample()
        let picture = TracePicture(trace)
        let id = picture.rowID(of: trace.number(21))
        let open = TraceLayout(picture)
        let row = try #require(open.row(of: id))
        #expect(open.id(of: row) == id)
        let folded = TraceLayout(picture, folds: TraceFolds(folded: [picture.rowID(of: trace.number(20))]))
        #expect(folded.row(of: id) == nil)
        #expect(folded.row(keeping: id) == folded.row(of: picture.rowID(of: trace.number(20))))
        #expect(folded.row(keeping: .span(SpanID(12345), .server)) == nil)
    }

    @Test func jumpsAlongTheCriticalPath() throws {
        let layout = TraceLayout(TracePicture(try sample()))
        #expect(layout.nextCritical(after: -1) == 0)
        #expect(layout.nextCritical(after: 0) == 1)
        #expect(layout.nextCritical(after: 2) == 3)
        #expect(layout.nextCritical(after: 4) == 0)
    }

    @Test(arguments: [
        ("CHECK", [1]), ("orders", [4]), ("retry", [4]), ("busy", [4]), ("app.POOL", [4]), ("5d10c2", [20]),
        ("ledger", [20, 21]), ("0000000000000015", [21]), ("nothing", []), ("", []),
    ])
    func findsText(text: String, ids: [UInt64]) throws {
        let trace = try sample()
        let picture = TracePicture(trace)
        let search = TraceSearch(text)
        #expect(Set(search.matches(in: picture).map { trace.spans[$0].id.value }) == Set(ids))
    }

    @Test func findIgnoresCaseBeyondASCII() throws {
        let trace = try Trace.make([MadeSpan(id: 1, name: "ÄPFEL holen", start: 0, end: 1)])
        let search = TraceSearch("äpfel")
        #expect(search.matches(in: TracePicture(trace)) == [0])
    }

    @Test func findsWhatUnicodesLowerCaseHolds() throws {
        var random = SeededRandom(7)
        let letters = Array("aAbBzZ09-_ äÄßİıKſéÉ日🙂")
        func text(_ length: Int) -> String {
            String((0..<length).compactMap { _ in letters.randomElement(using: &random) })
        }
        let names = (0..<300).map { "\($0) " + text(Int.random(in: 0...9, using: &random)) }
        let trace = try Trace.make(
            names.enumerated().map { MadeSpan(id: UInt64($0) + 1, name: $1, start: UInt64($0), end: 1_000) })
        let picture = TracePicture(trace)
        for _ in 0..<300 {
            let wanted = text(Int.random(in: 1...3, using: &random))
            // Ids and resources hold digits and letters of their own; what they hold is not asked here.
            guard wanted.contains(where: { !"0123456789abcdefABCDEF".contains($0) }), !"shop".contains(wanted) else {
                continue
            }
            let needle = Array(wanted.lowercased().utf8)
            let expected = names.indices.filter { number in
                let name = Array(names[number].lowercased().utf8)
                return name.indices.contains { name[$0...].starts(with: needle) }
            }
            #expect(TraceSearch(wanted).matches(in: picture).sorted() == expected, "\(wanted)")
        }
    }

    @Test func theMapRowIsExact() throws {
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed)
            let length = seed % 3 == 0 ? UInt64.random(in: 1...300, using: &random) : random.next() >> 4 | 1
            let spans = (0..<40 as Range<UInt64>).map { id in
                let start = UInt64.random(in: 0...length, using: &random)
                return MadeSpan(id: id + 1, start: start, end: UInt64.random(in: start...length, using: &random))
            }
            let picture = TracePicture(try Trace.make(spans, origin: 0))
            let axis = TimeAxis(holding: max(1, picture.length / (seed % 2 + 1)))
            for columns in [1, 7, 80, 200] {
                var expected = [Int](repeating: 0, count: columns)
                for number in spans.indices {
                    let extent = picture.extent(of: number)
                    let first = axis.column(of: extent.lowerBound, columns: columns)
                    let last = axis.column(of: max(extent.upperBound, extent.lowerBound + 1) - 1, columns: columns)
                    for column in first...last { expected[column] += 1 }
                }
                #expect(picture.density(columns: columns, axis: axis) == expected, "seed \(seed)")
                #expect(picture.density(columns: columns, axis: axis) == expected, "seed \(seed), again")
            }
        }
    }

    @Test func everyPlaceOfASpanIsShownOrHiddenByARealRow() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed)
            var spans: [MadeSpan] = []
            for id in 1...UInt64(Int.random(in: 1...60, using: &random)) {
                let start = UInt64.random(in: 0...500, using: &random)
                spans.append(
                    MadeSpan(
                        id: id, parent: UInt64.random(in: 0...70, using: &random), name: "n\(id % 3)", start: start,
                        end: Bool.random(using: &random) ? start + 50 : nil))
            }
            let trace = try Trace.make(spans)
            let picture = TracePicture(trace, groupSize: 2)
            var folds = TraceFolds()
            for number in trace.spans.indices where Int.random(in: 0..<4, using: &random) == 0 {
                folds.set(picture.rowID(of: number), folded: true)
            }
            for group in picture.groups where Bool.random(using: &random) { folds.set(group.id, folded: false) }
            let layout = TraceLayout(picture, folds: folds)
            let unfolded = TraceLayout(picture)
            for row in unfolded.rows.indices {
                guard let span = unfolded.span(of: row) else { continue }
                #expect(layout.row(keeping: row, of: unfolded) == layout.row(showing: span), "seed \(seed)")
            }
            let shown = layout.rows.indices.compactMap(layout.span(of:))
            #expect(Set(shown).count == shown.count)
            let hidden = layout.rows.reduce(0) { $0 + Int($1.hidden) }
            #expect(shown.count + hidden == trace.spans.count, "seed \(seed)")
            for number in trace.spans.indices {
                let row = layout.row(showing: number)
                #expect(layout.rows.indices.contains(row), "seed \(seed)")
                if let span = layout.span(of: row), span != number { #expect(layout.rows[row].isFolded) }
                if let above = layout.row(above: row) {
                    #expect(above < row && layout.rows[above].depth == layout.rows[row].depth - 1)
                }
                let open = TraceLayout(picture, folds: picture.unfolding(folds, toShow: number))
                #expect(open.span(of: open.row(showing: number)) == number, "seed \(seed)")
            }
        }
    }

    @Test func theAxisGrowsInSteps() {
        var axis = TimeAxis(holding: 2000)
        #expect(axis.length == 2000)
        axis.grow(toHold: 2001)
        #expect(axis.length == 3000)
        axis.grow(toHold: 2500)
        #expect(axis.length == 3000)
        axis.grow(toHold: 6750)
        #expect(axis.length == 6750)
        axis.grow(toHold: .max)
        #expect(axis.length == .max)
        #expect(TimeAxis(holding: 0).length == 1)
    }

    @Test func columnsSplitTheAxisEvenly() {
        let axis = TimeAxis(holding: 100)
        #expect([0, 9, 10, 99, 100, 5000].map { axis.column(of: $0, columns: 10) } == [0, 0, 1, 9, 9, 9])
        #expect(TimeAxis(holding: .max).column(of: .max - 1, columns: 40) == 39)
        #expect(axis.column(of: 5, columns: 0) == 0)
    }

    @Test func densityCountsRunningSpans() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, start: 0, end: 100), MadeSpan(id: 2, parent: 1, start: 20, end: 50),
            MadeSpan(id: 3, parent: 1, start: 45, end: 45),
        ])
        let picture = TracePicture(trace)
        let axis = TimeAxis(holding: picture.length)
        #expect(picture.density(columns: 10, axis: axis) == [1, 1, 2, 2, 3, 1, 1, 1, 1, 1])
        #expect(picture.columns(of: [1, 2], columns: 10, axis: axis) == [2, 4])
        #expect(picture.density(columns: 0, axis: axis).isEmpty)
    }

    @Test func rawTimesCanBeLookedAt() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, service: "a", start: 50_000, end: 100_000),
            MadeSpan(id: 2, parent: 1, service: "b", start: 10_000, end: 20_000),
        ])
        let shifted = TraceLayout(TracePicture(trace))
        let raw = TraceLayout(TracePicture(trace, raw: true))
        #expect(shifted.marks(of: 1).contains(.skewed))
        #expect(!raw.marks(of: 1).contains(.skewed))
        #expect(shifted.extent(of: 1) == 0..<10_000)
        #expect(raw.extent(of: 1) == 0..<10_000)
        #expect(raw.extent(of: 0) == 40_000..<90_000)
    }

    @Test func aDeepAndAWideTraceAreLaidOut() throws {
        let count: UInt64 = 200_000
        let deep = try Trace.make(
            (0..<count).map { MadeSpan(id: $0 + 1, parent: $0, start: $0, end: 3 * count - $0) })
        let layout = TraceLayout(TracePicture(deep))
        #expect(layout.rows.count == Int(count))
        #expect(layout.rows.last?.depth == Int32(count - 1))
        var wide = [MadeSpan(id: 1, start: 0, end: count)]
        wide += (0..<count).map { MadeSpan(id: $0 + 2, parent: 1, name: "item", start: $0, end: $0 + 1) }
        let flat = TraceLayout(TracePicture(try Trace.make(wide)))
        #expect(flat.rows.count == 2)
        #expect(flat.rows.last?.hidden == Int32(count))
    }
}
