import Telemetry

/// A filter as written in a journey file, with its parsed form.
package struct JourneyFilter: Sendable, Hashable {
    /// The text as written.
    package let text: String
    /// What it means.
    package let expression: FilterExpression

    /// Parses a filter by the rules of journey files.
    ///
    /// - Throws: `FilterError` with the column and a suggestion.
    package init(_ text: String) throws(FilterError) {
        self.text = text
        expression = try FilterExpression(parsing: text, mode: .journeyFile)
    }
}

/// What a team promises about one way through its system: one document of a journey file.
///
/// A definition is checked: every value in it can be used as it is. Two definitions are equal when they say the same,
/// wherever they were written.
package struct JourneyDefinition: Sendable {
    /// The unique name.
    package var name: String
    /// What users call it.
    package var title: String?
    /// The team that answers for it.
    package var owner: String?
    /// What to do when it hurts.
    package var runbook: Runbook?
    /// The span that stands for one run; nil only with ``join``.
    package var entry: JourneyFilter?
    /// The resource attributes whose first present value is the environment of a run.
    package var scope: [String] = JourneyDefinition.defaultScope
    /// Attributes to break the journey down by.
    package var breakdowns: [String] = []
    /// Ways to other tools.
    package var links: [Link] = []
    /// The filter that makes a run bad; nil means `status=error`.
    package var failed: JourneyFilter?
    /// Runs that do not count at all.
    package var ignore: JourneyFilter?
    /// The steps in their order.
    package var steps: [Step] = []
    /// The attribute that joins steps lying in several traces.
    package var join: String?
    /// Whether another joined run may start when one has ended.
    package var again = false
    /// The longest time between the first and the last step of a joined run, in nanoseconds.
    package var within: UInt64 = JourneyDefinition.defaultWithin
    /// The time over which the promises are judged.
    package var window = Window.rolling(nanoseconds: 28 * 86_400_000_000_000)
    /// The promises, in the order of the file.
    package var objectives: [Objective] = []
    /// When to call somebody; nil means ``defaultAlerts``.
    package var alerts: [Alert]?
    /// How many bad runs a window may hold before a page.
    package var maxBad: UInt64?
    /// What silence means.
    package var traffic = Traffic.usual
    /// Where the runs come from.
    package var source = Source.spans
    /// Where the document begins.
    package var place: SourcePlace

    /// The attributes that name a run's environment unless the file says otherwise.
    package static let defaultScope = ["deployment.environment.name", "deployment.environment"]
    /// Half an hour, in nanoseconds.
    package static let defaultWithin: UInt64 = 1_800_000_000_000

    /// Makes a definition with nothing but a name and an entry.
    package init(name: String, entry: JourneyFilter?, place: SourcePlace) {
        self.name = name
        self.entry = entry
        self.place = place
    }

    /// The tightest promised duration in nanoseconds: where the latency histogram has an edge and the heat map its line.
    package var tightestUnder: UInt64? { objectives.compactMap(\.under).min() }

    /// Whether runs can be recognised and judged without the spans' own attributes, events and links.
    package var needsOnlyOutlines: Bool {
        guard join == nil else { return false }
        let filters = [entry, failed, ignore].compactMap { $0 } + steps.map(\.filter) + objectives.compactMap(\.of)
        return filters.flatMap(\.expression.fields).allSatisfy { field in
            switch field {
            case .intrinsic, .attribute(.resource, _), .attribute(.scope, _): true
            case .attribute: false
            }
        }
    }

    /// The alerts that hold for an objective: those of the file or the defaults, without what can never be reached.
    package func alerts(for objective: Objective) -> [Alert] {
        (alerts ?? JourneyDefinition.defaultAlerts).filter { $0.factor.isReachable(for: objective.target) }
    }
}

extension JourneyDefinition {
    /// What to do when a journey hurts.
    package enum Runbook: Sendable, Hashable {
        /// An http or https address.
        case address(String)
        /// The path of a Markdown file, relative to the journey file.
        case markdown(String)

        /// As written in the file.
        package var text: String {
            switch self {
            case .address(let text), .markdown(let text): text
            }
        }
    }

    /// A way to another tool.
    package struct Link: Sendable, Hashable {
        /// What it is called on screen.
        package var name: String
        /// The address, with placeholders.
        package var address: String
        /// What may stand in braces in an address.
        package static let placeholders = ["trace_id", "journey", "from", "to"]

        /// Makes a way to another tool.
        package init(name: String, address: String) {
            self.name = name
            self.address = address
        }

        /// Fills in the placeholders; values are percent-encoded so that none can change the address's structure.
        package func filled(_ values: [String: String]) -> String {
            var result = ""
            var rest = address[...]
            while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
                let name = String(rest[rest.index(after: open)..<close])
                result += rest[..<open]
                result += values[name].map(Link.encoded) ?? String(rest[open...close])
                rest = rest[rest.index(after: close)...]
            }
            return result + rest
        }

        private static func encoded(_ value: String) -> String {
            value.utf8.reduce(into: "") { text, byte in
                let scalar = Unicode.Scalar(byte)
                if scalar.isASCII,
                    Character(scalar).isLetter || Character(scalar).isNumber || "-._~".contains(Character(scalar))
                {
                    text.unicodeScalars.append(scalar)
                } else {
                    text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }
            }
        }
    }

    /// One step of the journey.
    package struct Step: Sendable, Hashable {
        /// Its name.
        package var name: String
        /// The span that shows it was reached.
        package var filter: JourneyFilter

        /// Makes a step.
        package init(name: String, filter: JourneyFilter) {
            self.name = name
            self.filter = filter
        }
    }

    /// The time over which promises are judged.
    package enum Window: Sendable, Hashable {
        /// The last so many nanoseconds.
        case rolling(nanoseconds: UInt64)
        /// The running week, month or quarter in a time zone.
        case calendar(unit: String, timeZone: String)

        /// As written in the file.
        package var text: String {
            switch self {
            case .rolling(let nanoseconds): DurationText.text(nanoseconds)
            case .calendar(let unit, let timeZone): "{calendar: \(unit), timezone: \(timeZone)}"
            }
        }
    }

    /// One promise.
    package struct Objective: Sendable, Hashable {
        /// Its name.
        package var name: String
        /// The share of good runs, or of good slices.
        package var target: ExactShare
        /// A good run is also faster than this, in nanoseconds.
        package var under: UInt64?
        /// Only these runs count.
        package var of: JourneyFilter?
        /// Good slices of this length in nanoseconds are counted instead of good runs.
        package var slices: UInt64?
        /// The share of good runs that makes a slice good.
        package var sliceTarget: ExactShare?
        /// Whether an abandoned run is bad.
        package var complete = false

        /// Makes a promise about all runs that did not fail.
        package init(name: String, target: ExactShare) {
            self.name = name
            self.target = target
        }

        /// Whether a run of this outcome is good; `duration` is nil when it cannot be known.
        package func isGood(failed: Bool, duration: UInt64?) -> Bool {
            guard !failed else { return false }
            guard let under else { return true }
            guard let duration else { return false }
            return duration < under
        }
    }

    /// When to call somebody.
    package struct Alert: Sendable, Hashable {
        /// Whom to bother.
        package enum Severity: String, Sendable, Hashable {
            /// Wakes somebody up.
            case page
            /// Can wait for the morning.
            case warn
        }

        /// Whom to bother.
        package var severity: Severity
        /// How many times faster than allowed the budget burns.
        package var factor: BurnFactor
        /// The long window in nanoseconds.
        package var long: UInt64
        /// The short window in nanoseconds.
        package var short: UInt64

        /// Makes an alert.
        package init(severity: Severity, factor: BurnFactor, long: UInt64, short: UInt64) {
            self.severity = severity
            self.factor = factor
            self.long = long
            self.short = short
        }
    }

    /// What silence means.
    package enum Traffic: Sendable, Hashable {
        /// Judged against the same hour of the last four weeks.
        case usual
        /// Silence is fine.
        case never
        /// So many thousandths of a run in so many nanoseconds are expected.
        case rate(thousandths: UInt64, per: UInt64)

        /// As written in the file.
        package var text: String {
            switch self {
            case .usual: return "usual"
            case .never: return "never"
            case .rate(let thousandths, let per):
                let unit = DurationText.units.first { $0.nanoseconds == per }?.name ?? DurationText.text(per)
                return DecimalText.text(thousandths, decimals: 3) + "/" + unit
            }
        }
    }

    /// Where runs come from.
    package enum Source: Sendable, Hashable {
        /// Spans.
        case spans
        /// A histogram metric.
        case metric(latency: String, filter: JourneyFilter?)
    }

    /// The alerts of a journey that names none.
    package static let defaultAlerts: [Alert] = {
        let hour: UInt64 = 3_600_000_000_000
        let minute: UInt64 = 60_000_000_000
        return [
            Alert(severity: .page, factor: BurnFactor(thousandths: 14_400), long: hour, short: 5 * minute),
            Alert(severity: .page, factor: BurnFactor(thousandths: 6_000), long: 6 * hour, short: 30 * minute),
            Alert(severity: .warn, factor: BurnFactor(thousandths: 3_000), long: 24 * hour, short: 2 * hour),
            Alert(severity: .warn, factor: BurnFactor(thousandths: 1_000), long: 72 * hour, short: 6 * hour),
        ]
    }()
}

extension JourneyDefinition: Hashable {
    /// Whether two definitions say the same, wherever they stand.
    package static func == (one: JourneyDefinition, other: JourneyDefinition) -> Bool {
        one.name == other.name && one.title == other.title && one.owner == other.owner
            && one.runbook == other.runbook && one.entry == other.entry && one.scope == other.scope
            && one.breakdowns == other.breakdowns && one.links == other.links && one.failed == other.failed
            && one.ignore == other.ignore && one.steps == other.steps && one.join == other.join
            && one.again == other.again && one.within == other.within && one.window == other.window
            && one.objectives == other.objectives && one.alerts == other.alerts && one.maxBad == other.maxBad
            && one.traffic == other.traffic && one.source == other.source
    }

    /// Hashes what makes a definition most different: its name.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }
}
