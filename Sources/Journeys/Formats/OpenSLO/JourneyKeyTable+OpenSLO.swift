extension JourneyKey {
    /// What people write about an object; it is not carried over.
    static let openSLODescription = JourneyKey("description", .text, "A text for people.")
}

extension JourneyKeyTable {
    /// The keys of `metadata`.
    static let openSLOMetadata = JourneyKeyTable(
        title: "metadata",
        keys: [
            JourneyKey("name", .text, "The name that others refer to.", isRequired: true),
            JourneyKey("displayName", .text, "What people call it."),
            JourneyKey("labels", .form("a mapping of texts"), "Texts, or lists of texts."),
            JourneyKey("annotations", .form("a mapping of texts"), "Texts for programs."),
        ],
        others: nil)

    /// A mapping whose keys are its author's.
    static let anything = JourneyKeyTable(
        title: "a mapping of texts", keys: [], others: JourneyKey("KEY", .text, "A text."))

    /// The keys of an SLO's `spec`.
    static let openSLOObjectives = JourneyKeyTable(
        title: "an SLO's spec",
        keys: [
            .openSLODescription,
            JourneyKey("service", .text, "The service that it is about.", isRequired: true),
            JourneyKey("indicator", .table(openSLOInline), "What is measured."),
            JourneyKey("indicatorRef", .text, "The name of an SLI."),
            JourneyKey("timeWindow", .list(.table(openSLOWindow)), "Over which time."),
            JourneyKey(
                "budgetingMethod", .word(["Occurrences", "Timeslices", "RatioTimeslices"]), "What is counted.",
                isRequired: true),
            JourneyKey("objectives", .list(.table(openSLOObjective)), "What is promised.", isRequired: true),
            JourneyKey("alertPolicies", .list(.table(openSLOPolicyItem)), "When to call somebody."),
        ],
        others: nil)

    /// An object written where it is used.
    static let openSLOInline = JourneyKeyTable(
        title: "an object in place",
        keys: [
            JourneyKey("metadata", .text, "Its name, labels and annotations.", isRequired: true),
            JourneyKey("spec", .text, "What it says.", isRequired: true),
        ],
        others: nil)

    /// The keys of an element of `timeWindow`.
    static let openSLOWindow = JourneyKeyTable(
        title: "a time window",
        keys: [
            JourneyKey("duration", .form(OpenSLODuration.form), "Its length, such as 28d or 1M.", isRequired: true),
            JourneyKey("isRolling", .flag, "Whether it always ends now."),
            JourneyKey("calendar", .table(openSLOCalendar), "When it begins anew."),
        ],
        others: nil)

    /// The keys of `calendar`.
    static let openSLOCalendar = JourneyKeyTable(
        title: "a calendar",
        keys: [
            JourneyKey(
                "startTime", .form(OpenSLOStart.form), "When one window began, such as 2024-01-01 00:00:00.",
                isRequired: true),
            JourneyKey("timeZone", .timeZone, "Where the calendar is read.", isRequired: true),
        ],
        others: nil)

    /// The keys of an element of `objectives`.
    static let openSLOObjective = JourneyKeyTable(
        title: "an objective of an SLO",
        keys: [
            JourneyKey("displayName", .text, "What people call it."),
            JourneyKey("op", .word(["lt", "lte", "gt", "gte"]), "How a value is compared with the threshold."),
            JourneyKey("value", .text, "The threshold."),
            JourneyKey("target", .text, "The share that must be good, below 1."),
            JourneyKey("targetPercent", .text, "The share that must be good, below 100."),
            JourneyKey("timeSliceTarget", .text, "The share of good runs that makes a slice good."),
            JourneyKey(
                "timeSliceWindow", .form("a number of minutes, or " + OpenSLODuration.form),
                "The length of a slice, in minutes or with a unit."),
            JourneyKey("indicator", .text, "The indicator of a part of a composite SLO."),
            JourneyKey("indicatorRef", .text, "The name of an SLI, for a part of a composite SLO."),
            JourneyKey("compositeWeight", .text, "The weight of a part of a composite SLO."),
        ],
        others: nil)

    /// The keys of an element of `alertPolicies`: a reference, or a policy in place.
    static let openSLOPolicyItem = openSLOItem("an alert policy", reference: "alertPolicyRef")
    /// The keys of an element of `conditions`.
    static let openSLOConditionItem = openSLOItem("an alert condition", reference: "conditionRef")
    /// The keys of an element of `notificationTargets`.
    static let openSLOTargetItem = openSLOItem("a notification target", reference: "targetRef")

    private static func openSLOItem(_ title: String, reference: String) -> JourneyKeyTable {
        JourneyKeyTable(
            title: title,
            keys: [
                JourneyKey(reference, .text, "The name of an object."),
                JourneyKey("apiVersion", .text, "The version of the format."),
                JourneyKey("kind", .text, "What the object is."),
                JourneyKey("metadata", .text, "Its name, labels and annotations."),
                JourneyKey("spec", .text, "What it says."),
            ],
            others: nil)
    }

    /// The keys of an SLI's `spec`.
    static let openSLOIndicator = JourneyKeyTable(
        title: "an SLI's spec",
        keys: [
            .openSLODescription,
            JourneyKey("thresholdMetric", .table(openSLOMetric), "A value that is compared with a threshold."),
            JourneyKey("ratioMetric", .table(openSLORatio), "Good by total, or bad by total."),
        ],
        others: nil)

    /// The keys of `ratioMetric`.
    static let openSLORatio = JourneyKeyTable(
        title: "a ratioMetric",
        keys: [
            JourneyKey("counter", .flag, "Whether the metrics only grow."),
            JourneyKey("good", .table(openSLOMetric), "What counts the good ones."),
            JourneyKey("bad", .table(openSLOMetric), "What counts the bad ones."),
            JourneyKey("total", .table(openSLOMetric), "What counts all."),
            JourneyKey("rawType", .word(["success", "failure"]), "What a ratio computed elsewhere says."),
            JourneyKey("raw", .table(openSLOMetric), "A ratio computed elsewhere."),
        ],
        others: nil)

    /// A mapping with a metric source.
    static let openSLOMetric = JourneyKeyTable(
        title: "a metric of an SLI",
        keys: [JourneyKey("metricSource", .table(openSLOSource), "Where it comes from.", isRequired: true)],
        others: nil)

    /// The keys of `metricSource`.
    static let openSLOSource = JourneyKeyTable(
        title: "a metricSource",
        keys: [
            JourneyKey("metricSourceRef", .text, "The name of a DataSource."),
            JourneyKey("type", .text, "What is asked, such as waymark or Prometheus."),
            JourneyKey("spec", .table(anything), "What it is asked."),
        ],
        others: nil)

    /// The keys of a `spec` whose type is `waymark`: those of a journey, but for what the SLO itself says, and those of an
    /// objective that say which runs count and which are good.
    static let openSLOSpans: JourneyKeyTable = {
        let elsewhere = ["journey", "title", "owner", "runbook", "slo", "alerts"]
        return JourneyKeyTable(
            title: "a spec of type waymark",
            keys: JourneyKeyTable.journey.keys.filter { !elsewhere.contains($0.name) }
                + JourneyKeyTable.objective.keys.filter { ["of", "under", "complete"].contains($0.name) }
                + [JourneyKey("unit", .word(["s", "ms", "us", "ns", "m", "h"]), "The unit of a threshold; s.")],
            others: nil)
    }()

    /// The keys of a DataSource's `spec`.
    static let openSLODataSource = JourneyKeyTable(
        title: "a DataSource's spec",
        keys: [
            .openSLODescription,
            JourneyKey("type", .text, "What is asked, such as Prometheus.", isRequired: true),
            JourneyKey("connectionDetails", .table(anything), "How it is reached."),
        ],
        others: nil)

    /// The keys of an AlertPolicy's `spec`.
    static let openSLOAlertPolicy = JourneyKeyTable(
        title: "an AlertPolicy's spec",
        keys: [
            .openSLODescription,
            JourneyKey("alertWhenNoData", .flag, "Whether silence alerts."),
            JourneyKey("alertWhenResolved", .flag, "Whether the end alerts."),
            JourneyKey("alertWhenBreaching", .flag, "Whether the condition alerts."),
            JourneyKey("conditions", .list(.table(openSLOConditionItem)), "Exactly one condition.", isRequired: true),
            JourneyKey("notificationTargets", .list(.table(openSLOTargetItem)), "Who hears of it."),
        ],
        others: nil)

    /// The keys of an AlertCondition's `spec`.
    static let openSLOAlertCondition = JourneyKeyTable(
        title: "an AlertCondition's spec",
        keys: [
            .openSLODescription,
            JourneyKey("severity", .text, "Whom to bother, such as page or warn.", isRequired: true),
            JourneyKey("condition", .table(openSLOCondition), "When it holds.", isRequired: true),
        ],
        others: nil)

    /// The keys of `condition`.
    static let openSLOCondition = JourneyKeyTable(
        title: "a condition",
        keys: [
            JourneyKey("kind", .word(["burnrate"]), "What is compared."),
            JourneyKey("op", .word(["gt", "gte"]), "How it is compared."),
            JourneyKey("threshold", .factor, "The burn rate.", isRequired: true),
            JourneyKey("lookbackWindow", .form(OpenSLODuration.form), "Over which time, such as 1h.", isRequired: true),
            JourneyKey("alertAfter", .form(OpenSLODuration.form), "For how long it must hold, such as 5m."),
        ],
        others: nil)

    /// The keys of an AlertNotificationTarget's `spec`.
    static let openSLOTarget = JourneyKeyTable(
        title: "an AlertNotificationTarget's spec",
        keys: [.openSLODescription, JourneyKey("target", .text, "Who hears of it.", isRequired: true)],
        others: nil)
}
