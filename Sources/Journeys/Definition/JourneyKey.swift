/// One key of the journey format: what it is called, what it means and what may stand behind it.
///
/// The tables below are the only list of keys. Validation, suggestions, the JSON Schema and the printed reference are
/// readings of it.
package struct JourneyKey: Sendable {
    /// The key as written; for the open keys of a table a placeholder such as `NAME`.
    package let name: String
    /// What it means, as one sentence for the reference and for editors.
    package let meaning: String
    /// What holds when it is left out, for the reference.
    package let whenAbsent: String?
    /// What may stand behind it.
    package let value: JourneyKeyValue
    /// Whether its table is incomplete without it.
    package let isRequired: Bool

    init(
        _ name: String,
        _ value: JourneyKeyValue,
        _ meaning: String,
        whenAbsent: String? = nil,
        isRequired: Bool = false
    ) {
        self.name = name
        self.value = value
        self.meaning = meaning
        self.whenAbsent = whenAbsent
        self.isRequired = isRequired
    }
}

/// What may stand behind a key.
package indirect enum JourneyKeyValue: Sendable {
    /// A name of lower-case letters, digits, `.`, `_` and `-`.
    case name
    /// Any text of one line.
    case text
    /// The key of an attribute.
    case attribute
    /// An http or https address.
    case address
    /// An http or https address, or the path of a Markdown file beside the journey.
    case runbook
    /// A filter that looks at one span.
    case filter
    /// A duration such as `1.2s`.
    case duration
    /// A percentage such as `99.5%`.
    case percentage
    /// A burn factor such as `14.4`.
    case factor
    /// A rate such as `9/m`.
    case rate
    /// A whole number.
    case count
    /// `true` or `false`.
    case flag
    /// The name of a time zone, such as `Europe/Berlin`.
    case timeZone
    /// One of some words.
    case word([String])
    /// Several of the same.
    case list(JourneyKeyValue)
    /// A mapping.
    case table(JourneyKeyTable)
    /// Any one of several forms.
    case either([JourneyKeyValue])
    /// A text of a form that only these words describe.
    case form(String)

    /// What was expected, in words, for messages.
    package var expectation: String {
        switch self {
        case .name: "a name of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit"
        case .text: "a text"
        case .attribute: "the key of an attribute, such as cloud.region"
        case .address: "an http or https address"
        case .runbook: "an http or https address, or the path of a Markdown file"
        case .filter: "a filter such as service=cart name=\"GET /cart\""
        case .duration: DurationText.form
        case .percentage: "a percentage such as 99.5%, with at most 7 decimals"
        case .factor: "a burn factor such as 14.4, with at most 3 decimals"
        case .rate: "a rate such as 9/m"
        case .count: "a whole number"
        case .flag: "true or false"
        case .timeZone: "the name of a time zone, such as Europe/Berlin"
        case .word(let words): words.joined(separator: " or ")
        case .list(let element): "a list, each being \(element.expectation)"
        case .table(let table): "a mapping with \(table.keyList)"
        case .form(let words): words
        case .either(let forms): forms.map(\.expectation).joined(separator: ", or ")
        }
    }
}

/// The keys of one mapping.
package struct JourneyKeyTable: Sendable {
    /// What the mapping is, in words.
    package let title: String
    /// Its known keys, in the order of the reference.
    package let keys: [JourneyKey]
    /// What any other key means, where the author chooses keys.
    package let others: JourneyKey?

    /// The known keys in words.
    package var keyList: String {
        (keys.map(\.name) + (others.map { [$0.name] } ?? [])).joined(separator: ", ")
    }
}

extension JourneyKeyTable {
    /// The keys of a journey document.
    package static let journey = JourneyKeyTable(
        title: "a journey",
        keys: [
            JourneyKey("journey", .name, "The unique name of the journey.", isRequired: true),
            JourneyKey("title", .text, "What users call it; shown on screen."),
            JourneyKey("owner", .text, "The team that answers for it; shown on screen."),
            JourneyKey("runbook", .runbook, "What to do when it hurts; a file is shown in place, an address to copy."),
            JourneyKey(
                "entry", .filter, "The span that stands for one run; its duration is the run's duration.",
                whenAbsent: "required, unless join is there"),
            JourneyKey(
                "scope", .attribute, "The resource attribute whose values are promised and judged apart.",
                whenAbsent: "deployment.environment.name, else deployment.environment"),
            JourneyKey(
                "by", .either([.list(.attribute), .attribute]), "Attributes to break the journey down by on its screen."
            ),
            JourneyKey(
                "links", .table(links), "Ways to other tools; {trace_id}, {journey}, {from} and {to} are filled in."),
            JourneyKey(
                "failed", .filter, "The filter on the entry span that makes a run bad.", whenAbsent: "status=error"),
            JourneyKey("ignore", .filter, "Runs that do not count at all, such as health checks and load tests."),
            JourneyKey(
                "steps", .list(.table(step)),
                "The steps in their order; a step is reached when a span of the run matches."),
            JourneyKey(
                "join", .attribute, "The attribute that joins steps lying in several traces, such as session.id.",
                whenAbsent: "one trace"),
            JourneyKey(
                "again", .flag, "With join: whether another run may start when one has ended.", whenAbsent: "false"),
            JourneyKey(
                "within", .duration,
                "With join: the longest time between the first and the last step; after it the run is abandoned.",
                whenAbsent: "30m"),
            JourneyKey("slo", .table(promises), "What is promised to users."),
            JourneyKey(
                "alerts", .list(.table(alert)), "When to call somebody; both windows must reach FACTOR × (1 − target).",
                whenAbsent: "page 14.4× 1h/5m and 6× 6h/30m, warn 3× 1d/2h and 1× 3d/6h"),
            JourneyKey(
                "max-bad", .count, "How many bad runs a window may hold before a page, for low traffic."),
            JourneyKey(
                "traffic", .either([.word(["usual", "never"]), .rate]),
                "What silence means: judged against the same hour of the last 4 weeks, fine, or against a rate.",
                whenAbsent: "usual"),
            JourneyKey(
                "from", .either([.word(["spans"]), .table(metric)]), "Where the runs come from.", whenAbsent: "spans"),
        ],
        others: nil)

    /// The keys of `links`.
    static let links = JourneyKeyTable(
        title: "links", keys: [], others: JourneyKey("NAME", .address, "The address behind that name."))

    /// One element of `steps`.
    static let step = JourneyKeyTable(
        title: "a step", keys: [], others: JourneyKey("NAME", .filter, "The span that shows the step was reached."))

    /// The keys of `slo`.
    static let promises = JourneyKeyTable(
        title: "slo",
        keys: [
            JourneyKey(
                "window", .either([.duration, .table(calendar)]), "The time over which the promise is judged.",
                whenAbsent: "28d")
        ],
        others: JourneyKey("NAME", .table(objective), "One promise, under a name of its own."))

    /// The keys of one objective.
    static let objective = JourneyKeyTable(
        title: "an objective",
        keys: [
            JourneyKey("target", .percentage, "The share of good runs, or of good slices.", isRequired: true),
            JourneyKey("under", .duration, "A good run is also faster than this."),
            JourneyKey("of", .filter, "Only these runs count.", whenAbsent: "all runs"),
            JourneyKey("slices", .duration, "Good slices of this length are counted instead of good runs."),
            JourneyKey("slice-target", .percentage, "With slices: the share of good runs that makes a slice good."),
            JourneyKey(
                "complete", .flag, "With join: whether an abandoned run is bad.", whenAbsent: "false"),
        ],
        others: nil)

    /// The keys of a calendar window.
    static let calendar = JourneyKeyTable(
        title: "a calendar window",
        keys: [
            JourneyKey(
                "calendar", .word(["week", "month", "quarter"]), "The window begins anew with each.", isRequired: true),
            JourneyKey("timezone", .timeZone, "Where the calendar is read.", whenAbsent: "UTC"),
        ],
        others: nil)

    /// The keys of one alert.
    static let alert = JourneyKeyTable(
        title: "an alert",
        keys: [
            JourneyKey("page", .factor, "The burn factor that pages."),
            JourneyKey("warn", .factor, "The burn factor that warns."),
            JourneyKey("long", .duration, "The long window.", isRequired: true),
            JourneyKey("short", .duration, "The short window.", isRequired: true),
        ],
        others: nil)

    /// The keys of a metric behind `from`.
    static let metric = JourneyKeyTable(
        title: "a metric",
        keys: [
            JourneyKey("latency", .attribute, "The histogram of the runs' durations.", isRequired: true),
            JourneyKey("filter", .filter, "Which of its series are runs of this journey."),
        ],
        others: nil)
}
