import Journeys
import Testing

@Suite("OpenSLO: documents that are read as journeys")
struct OpenSLOReadingTests {
    private static let day: UInt64 = 86_400_000_000_000

    private func journey(_ text: String, silent: Bool = true) throws -> JourneyDefinition {
        let set = JourneySet(text: text, file: "f")
        #expect(set.diagnostics.filter { !silent || $0.severity != .note }.map(\.description) == [])
        #expect(set.journeys.count == 1)
        return try #require(set.journeys.first)
    }

    @Test func anSLO_IsAJourneyWithItsPromise() throws {
        let text = TestSLO.make {
            $0.metadata = """
                  name: checkout
                  displayName: Check out a basket
                  labels:
                    team: [team-payments, on-call]
                    tier: "1"
                  annotations:
                    example.com/anything: goes
                    waymark.dev/runbook: https://runbooks.example/checkout

                """
        }
        let journey = try journey(text, silent: false)
        #expect(journey.name == "checkout")
        #expect(journey.title == "Check out a basket")
        #expect(journey.owner == "team-payments, on-call")
        #expect(journey.runbook == .address("https://runbooks.example/checkout"))
        #expect(journey.entry?.text == "service=web-bff")
        #expect(journey.window == .rolling(nanoseconds: 28 * Self.day))
        #expect(journey.alerts == [])
        #expect(journey.objectives.count == 1)
        #expect(journey.objectives[0].name == "fast")
        #expect(journey.objectives[0].target.partsPerBillion == 995_000_000)
        #expect(journey.objectives[0].under == 1_200_000_000)
        #expect(journey.place.description == "f:1:1")
    }

    @Test func anSLOThatAsksPrometheus_IsReadByItsAnnotations() throws {
        let text = TestSLO.make {
            $0.metadata += """
                  annotations:
                    waymark.dev/entry: service=web-bff name="POST /checkout"
                    waymark.dev/failed: http.response.status_code>=500
                    waymark.dev/under: 300ms
                    waymark.dev/max-bad: "3"
                    waymark.dev/traffic: never
                    waymark.dev/journey: shop.checkout
                    waymark.dev/objective: success

                """
            $0.indicator = TestSLO.prometheus
        }
        let set = JourneySet(text: text, file: "f")
        #expect(set.diagnostics.map(\.severity) == [.note, .note])
        #expect(set.diagnostics.allSatisfy { $0.problem.contains("is not evaluated") })
        let journey = try #require(set["shop.checkout"])
        #expect(journey.entry?.text == "service=web-bff name=\"POST /checkout\"")
        #expect(journey.failed?.text == "http.response.status_code>=500")
        #expect(journey.objectives.map(\.name) == ["success"])
        #expect(journey.objectives[0].under == 300_000_000)
        #expect(journey.maxBad == 3)
        #expect(journey.traffic == .never)
    }

    @Test func openSLOsWorkedExample_IsTwoWeeksOfMinuteSlices() throws {
        let text = TestSLO.make {
            $0.timeWindow = "  timeWindow:\n    - duration: 2w\n      isRolling: true\n"
            $0.budgetingMethod = "  budgetingMethod: Timeslices\n"
            $0.objectives =
                "  objectives:\n    - targetPercent: 95\n      timeSliceTarget: 0.99\n      timeSliceWindow: 1m\n"
        }
        let journey = try journey(text, silent: false)
        let objective = try #require(journey.objectives.first)
        guard case .rolling(let window) = journey.window else { throw Missing() }
        let slices = window / (objective.slices ?? 1)
        #expect(slices == 20_160)
        #expect(slices * objective.target.rest.partsPerBillion / ExactShare.whole == 16 * 60 + 48)
        #expect(objective.sliceTarget?.partsPerBillion == 990_000_000)
        #expect(objective.name == "objective")
    }

    private struct Missing: Error {}

    @Test(arguments: [("5", 300), ("1m", 60), ("2h", 7_200)])
    func sliceWindows_AreMinutesUnlessTheySay(_ text: String, _ seconds: UInt64) throws {
        let text = TestSLO.make {
            $0.budgetingMethod = "  budgetingMethod: Timeslices\n"
            $0.objectives =
                "  objectives:\n    - {target: 0.9, timeSliceTarget: 1.0, timeSliceWindow: \(text)}\n"
        }
        let objective = try #require(try journey(text).objectives.first)
        #expect(objective.slices == seconds * 1_000_000_000)
        #expect(objective.sliceTarget?.partsPerBillion == ExactShare.whole)
    }

    @Test(arguments: [
        ("1w", "week", "2024-01-01 00:00:00"), ("1M", "month", "2022-02-01T00:00:00"),
        ("1Q", "quarter", "2023-10-01 00:00:00"), ("3M", "quarter", "2000-04-01 00:00:00"),
        ("7d", "week", "2000-02-28 00:00:00"),
    ])
    func calendars_KeepTheirZone(_ duration: String, _ unit: String, _ start: String) throws {
        let text = TestSLO.make {
            $0.timeWindow =
                "  timeWindow:\n    - duration: \(duration)\n      calendar:\n        startTime: \(start)\n"
                + "        timeZone: America/New_York\n"
        }
        #expect(try journey(text, silent: false).window == .calendar(unit: unit, timeZone: "America/New_York"))
    }

    @Test(arguments: ["2024-01-02 00:00:00", "2024-01-01 12:30:00", "2022-01-01 12:00:00"])
    func aCalendarThatBeginsElsewhere_IsSaid(_ start: String) {
        let lines = JourneySet.messages(
            TestSLO.make {
                $0.timeWindow =
                    "  timeWindow:\n    - duration: 1w\n      calendar: {startTime: \(start), timeZone: UTC}\n"
            })
        #expect(lines.count == 1)
        #expect(lines.first?.contains("warning: no week of the calendar begins at \(start)") == true, "\(lines)")
    }

    @Test(arguments: [("lt", "1.2", 1_200_000_000), ("lte", "1.2", 1_200_000_001), ("lt", "5", 5_000_000_000)])
    func aThresholdOnDurations_IsUnder(_ op: String, _ value: String, _ under: UInt64) throws {
        let text = TestSLO.make {
            $0.indicator = TestSLO.threshold()
            $0.objectives = "  objectives:\n    - {op: \(op), value: \(value), target: 0.99}\n"
        }
        #expect(try journey(text).objectives.map(\.under) == [under])
        let inMilliseconds = text.replacing("entry: service=web-bff", with: "entry: service=web-bff, unit: ms")
        #expect(try journey(inMilliseconds).objectives[0].under == (under - under % 10) / 1_000 + under % 10)
    }

    @Test func severalObjectivesOfOneSLO_ShareTheIndicator() throws {
        let text = TestSLO.make {
            $0.objectives = """
                  objectives:
                    - displayName: Internal objective
                      target: 0.995
                    - displayName: SLA
                      op: gte
                      target: 0.99
                    - {displayName: SLA, target: 0.98}
                    - {displayName: window, targetPercent: 99.9999999}

                """
        }
        let journey = try journey(text)
        #expect(journey.objectives.map(\.name) == ["internal-objective", "sla", "sla-2", "objective"])
        #expect(
            journey.objectives.map(\.target.partsPerBillion) == [995_000_000, 990_000_000, 980_000_000, 999_999_999])
        #expect(journey.objectives.allSatisfy { $0.under == 1_200_000_000 })
    }

    @Test func objectsAreFoundByName_AlsoInOtherFiles() throws {
        let slo = TestSLO.make {
            $0.indicator = "  indicatorRef: checkout-indicator\n"
            $0.alertPolicies = "  alertPolicies:\n    - alertPolicyRef: burn\n"
        }
        let others = """
            apiVersion: openslo/v1
            kind: SLI
            metadata: {name: checkout-indicator}
            spec:
              ratioMetric:
                bad: {metricSource: {metricSourceRef: spans, spec: {failed: status=error}}}
                total: {metricSource: {metricSourceRef: spans, spec: {entry: service=web-bff, ignore: http.route=/health}}}
            ---
            - apiVersion: openslo/v1
              kind: DataSource
              metadata: {name: spans}
              spec: {type: waymark, connectionDetails: {}}
            - apiVersion: openslo/v1
              kind: Service
              metadata: {name: web-bff}
              spec: {description: The front}
            - apiVersion: openslo/v1
              kind: AlertCondition
              metadata: {name: fast-burn}
              spec:
                severity: critical
                condition: {kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m}
            - apiVersion: openslo/v1
              kind: AlertNotificationTarget
              metadata: {name: on-call}
              spec: {target: email}
            - apiVersion: openslo/v1
              kind: AlertPolicy
              metadata: {name: burn}
              spec:
                alertWhenBreaching: true
                conditions: [{conditionRef: fast-burn}]
                notificationTargets: [{targetRef: on-call}]
            """
        let set = JourneySet.load(from: "d", files: MemoryJourneyFiles(["d/a.yaml": slo, "d/b.yaml": others]))
        #expect(set.diagnostics.allSatisfy { $0.severity == .note })
        let journey = try #require(set["checkout-fast"])
        #expect(journey.ignore?.text == "http.route=/health")
        #expect(journey.failed?.text == "status=error")
        let minute: UInt64 = 60_000_000_000
        #expect(
            journey.alerts == [
                JourneyDefinition.Alert(
                    severity: .page, factor: BurnFactor(thousandths: 14_400), long: 60 * minute, short: 5 * minute)
            ])
        #expect(
            set.diagnostics.map(\.description).contains {
                $0.hasPrefix("d/b.yaml:33:27: note: the notification target \"on-call\" (email) is not carried over")
            }, "\(set.report)")
        #expect(set.report.contains("d/b.yaml:22:91: note: alertAfter is read as the short window"), "\(set.report)")
    }

    @Test func aConditionWithoutAShortWindow_GetsATwelfth() throws {
        let text = TestSLO.make {
            $0.alertPolicies = TestSLO.policy(
                condition: "kind: burnrate, threshold: 2, lookbackWindow: 1h", severity: "Ticket")
        }
        let alerts = try journey(text).alerts
        #expect(alerts?.map(\.short) == [300_000_000_000])
        #expect(alerts?.map(\.severity) == [.warn])
    }

    @Test func waymarksOwnShortWindow_IsTaken() throws {
        let text = TestSLO.make {
            $0.alertPolicies = TestSLO.policy(
                condition: "threshold: 2, lookbackWindow: 2m, alertAfter: 0m",
                annotations: ", annotations: {waymark.dev/short-window: 7s, waymark.dev/long-window: 90s}")
        }
        let alert = try #require(try journey(text).alerts?.first)
        #expect(alert.long == 90_000_000_000)
        #expect(alert.short == 7_000_000_000)
    }

    @Test func aPolicyThatDoesNotAlert_IsLeftOut() throws {
        let text = TestSLO.make {
            $0.alertPolicies = TestSLO.policy(condition: "threshold: 2, lookbackWindow: 1h", more: "")
                .replacing("alertWhenBreaching: true", with: "alertWhenBreaching: false")
        }
        let set = JourneySet(text: text, file: "f")
        #expect(set.journeys.first?.alerts == [])
        #expect(set.report.contains("does not alert when its condition holds; it is left out"))
    }

    @Test func withoutPolicies_TheDefaultsHold() throws {
        let journey = try journey(TestSLO.make { $0.alertPolicies = "" })
        #expect(journey.alerts == nil)
        let empty = try self.journey(TestSLO.make { $0.alertPolicies = "  alertPolicies:\n" })
        #expect(empty.alerts == [])
    }

    @Test func severalSLOs_AreOneJourneyByAnnotation() throws {
        func slo(_ name: String, _ objective: String, _ good: String) -> String {
            TestSLO.make {
                $0.metadata = "  name: \(name)\n  annotations: {waymark.dev/journey: checkout}\n"
                $0.indicator = TestSLO.indicator(good: good)
                $0.objectives = "  objectives:\n    - {displayName: \(objective), target: 0.99}\n"
            }
        }
        let text = slo("a", "fast", "{under: 1s}") + "---\n" + slo("b", "success", "{}")
        let journey = try journey(text, silent: false)
        #expect(journey.name == "checkout")
        #expect(journey.objectives.map(\.name) == ["fast", "success"])
        #expect(journey.objectives.map(\.under) == [1_000_000_000, nil])
    }

    @Test func anSLIWithAJourney_PromisesNothing() throws {
        let text = """
            apiVersion: openslo/v1
            kind: SLI
            metadata: {name: a, annotations: {waymark.dev/journey: browse}}
            spec:
              ratioMetric:
                good: {metricSource: {type: waymark, spec: {entry: service=a}}}
                total: {metricSource: {type: waymark, spec: {entry: service=a, steps: [{one: service=b}], by: [tenant.id]}}}
            """
        let journey = try journey(text, silent: false)
        #expect(journey.objectives.isEmpty)
        #expect(journey.steps.map(\.name) == ["one"])
        #expect(journey.breakdowns == ["tenant.id"])
        #expect(
            JourneySet(text: text.replacing(", annotations: {waymark.dev/journey: browse}", with: ""), file: "f")
                .journeys.isEmpty)
    }
}
