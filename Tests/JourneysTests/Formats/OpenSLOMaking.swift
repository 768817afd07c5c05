import Journeys

/// An OpenSLO document as tests write it: each part has a default, so that a test shows only its own.
struct TestSLO {
    var apiVersion = "openslo/v1"
    var kind = "SLO"
    var metadata = "  name: checkout-fast\n"
    var service = "  service: web-bff\n"
    var indicator = TestSLO.indicator()
    var timeWindow = "  timeWindow:\n    - duration: 28d\n      isRolling: true\n"
    var budgetingMethod = "  budgetingMethod: Occurrences\n"
    var objectives = "  objectives:\n    - displayName: Fast\n      target: 0.995\n"
    var alertPolicies = "  alertPolicies: []\n"

    /// An indicator over spans, whose good runs the given keys describe.
    static func indicator(good: String = "{under: 1.2s}", total: String = "{entry: service=web-bff}") -> String {
        """
          indicator:
            metadata:
              name: checkout
            spec:
              ratioMetric:
                good:
                  metricSource:
                    type: waymark
                    spec: \(good)
                total:
                  metricSource:
                    type: waymark
                    spec: \(total)

        """
    }

    /// An indicator that asks Prometheus.
    static let prometheus = """
          indicator:
            metadata:
              name: checkout
            spec:
              ratioMetric:
                good:
                  metricSource:
                    type: Prometheus
                    spec:
                      query: sum(rate(http_requests_total{code=~"2.."}[5m]))
                total:
                  metricSource:
                    type: Prometheus
                    spec:
                      query: sum(rate(http_requests_total[5m]))

        """

    /// A durations' threshold with the given spec.
    static func threshold(_ spec: String = "{entry: service=web-bff}") -> String {
        """
          indicator:
            metadata: {name: latency}
            spec:
              thresholdMetric:
                metricSource: {type: waymark, spec: \(spec)}

        """
    }

    /// A policy in place with a condition in place.
    static func policy(condition: String, annotations: String = "", severity: String = "page", more: String = "")
        -> String
    {
        """
          alertPolicies:
            - kind: AlertPolicy
              metadata: {name: p}
              spec:
                alertWhenBreaching: true
        \(more)        conditions:
                  - kind: AlertCondition
                    metadata: {name: c\(annotations)}
                    spec:
                      severity: \(severity)
                      condition: {\(condition)}

        """
    }

    var text: String {
        "apiVersion: \(apiVersion)\nkind: \(kind)\nmetadata:\n\(metadata)spec:\n\(service)\(indicator)\(timeWindow)"
            + "\(budgetingMethod)\(objectives)\(alertPolicies)"
    }

    /// The document with one change.
    static func make(_ change: (inout TestSLO) -> Void = { _ in }) -> String {
        var slo = TestSLO()
        change(&slo)
        return slo.text
    }
}

extension JourneySet {
    /// The diagnostics of a text named `f`, one line each, without the file's name.
    static func messages(_ text: String) -> [String] {
        JourneySet(text: text, file: "f").diagnostics.map { String($0.description.dropFirst(2)) }
    }
}
