import Foundation
import Telemetry
import TelemetryCodecs
import Testing

@Suite struct LoggedDeploymentsTests {
    /// A log record in both encodings.
    private struct Record {
        var time: UInt64 = 1_763_867_220_000_000_000
        var eventName = ""
        var body = ""
        var attributes: [(String, String)] = []

        var wire: Wire {
            var more: Wire = [.fixed(1, time)]
            if !eventName.isEmpty { more = [more, .text(12, eventName)] }
            if !body.isEmpty { more = [more, .counted(5, .text(1, body))] }
            for (key, value) in attributes { more = [more, .pair(6, key, .text(1, value))] }
            return more
        }

        var json: String {
            let list = attributes.map { #"{"key":"\#($0.0)","value":{"stringValue":"\#($0.1)"}}"# }
            return #"{"timeUnixNano":"\#(time)","eventName":"\#(eventName)","body":{"stringValue":"\#(body)"},"#
                + #""attributes":[\#(list.joined(separator: ","))]}"#
        }
    }

    /// What both encodings of a request say; they must agree.
    private func deployments(
        _ records: [Record], resource: [(String, String)] = [("service.name", "ci")], resourceLast: Bool = false
    ) throws -> [ReportedMark] {
        let attributes = resource.map { Wire.pair(1, $0.0, .text(1, $0.1)).bytes }.flatMap { $0 }
        let resourceWire = Wire.counted(1, Wire(attributes))
        let scope = Wire.counted(2, Wire(records.flatMap { Wire.counted(2, $0.wire).bytes }))
        let wire = Wire.counted(1, resourceLast ? [scope, resourceWire] : [resourceWire, scope]).bytes
        let list = resource.map { #"{"key":"\#($0.0)","value":{"stringValue":"\#($0.1)"}}"# }.joined(separator: ",")
        let resourceJSON = #""resource":{"attributes":[\#(list)]}"#
        let logs = #""scopeLogs":[{"logRecords":[\#(records.map(\.json).joined(separator: ","))]}]"#
        let members = resourceLast ? [logs, resourceJSON] : [resourceJSON, logs]
        let json = #"{"resourceLogs":[{\#(members.joined(separator: ","))}]}"#
        let counts = try wire.withUnsafeBytes { try OTLPProtobuf.countLogs($0) }
        let other = try Array(json.utf8).withUnsafeBytes { try OTLPJSON.countLogs($0) }
        #expect(counts == other)
        #expect(counts.logRecords == records.count)
        return counts.deployments
    }

    @Test(arguments: [false, true]) func anEventIsADeployment(_ resourceLast: Bool) throws {
        let record = Record(
            eventName: "deployment.finished", body: "rollout done",
            attributes: [("service.name", "payments"), ("service.version", "2.14.0"), ("user.name", "mo")])
        let marks = try deployments(
            [Record(body: "hello"), record],
            resource: [("service.name", "argo"), ("deployment.environment.name", "prod-eu")],
            resourceLast: resourceLast)
        var expected = ReportedMark(time: 1_763_867_220_000_000_000, kind: .deploy)
        expected.service = "payments"
        expected.version = "2.14.0"
        expected.environment = "prod-eu"
        expected.text = "rollout done"
        expected.by = "mo"
        #expect(marks == [expected])
    }

    @Test func aServiceMayReportItself() throws {
        let resource = [("service.name", "payments"), ("service.version", "2.14.0")]
        let mark = try #require(try deployments([Record(eventName: "deployment")], resource: resource).first)
        #expect(mark.service == "payments")
        #expect(mark.version == "2.14.0")
    }

    @Test func aPipelineDeploysOthers() throws {
        let attributes = [
            ("cicd.pipeline.task.type", "deploy"), ("cicd.pipeline.name", "release"),
            ("cicd.pipeline.task.run.result", "failure"), ("vcs.ref.head.revision", "4f1a"),
        ]
        let mark = try #require(try deployments([Record(attributes: attributes)]).first)
        #expect(mark.service == nil)
        #expect(mark.version == "4f1a")
        #expect(mark.text == "failed")
        #expect(mark.by == "release")
    }

    @Test(arguments: ["deployment.id", "deployment.name", "deployment.status"])
    func anAttributeOfTheConventionsIsEnough(_ key: String) throws {
        #expect(try deployments([Record(attributes: [(key, "succeeded")])]).count == 1)
        #expect(try deployments([Record(attributes: [("event.name", "deployment.started")])]).count == 1)
    }

    @Test func whatNearlyEveryRecordSaysIsNoDeployment() throws {
        let resource = [
            ("deployment.environment.name", "prod"), ("deployment.environment", "prod"),
            ("k8s.deployment.name", "payments"), ("cicd.worker.name", "w1"),
        ]
        let records = [
            Record(body: "deployment of payments"), Record(eventName: "session.start"),
            Record(attributes: [("cicd.pipeline.task.type", "build"), ("k8s.deployment.name", "deployment")]),
        ]
        #expect(try deployments(records, resource: resource).isEmpty)
        // The same attribute on a resource says what the service is part of.
        #expect(try deployments([Record()], resource: [("deployment.name", "blue")]).isEmpty)
    }

    @Test func textsAndNumbersAreBounded() throws {
        let record = Record(eventName: "deployment", body: String(repeating: "ü", count: 5000))
        let marks = try deployments(Array(repeating: record, count: 1000))
        #expect(marks.count == 256)
        #expect(marks.allSatisfy { ($0.text?.utf8.count ?? 0) <= ReportedMark.maximumTextBytes })
    }

    /// Whatever is cut off or changed in a message, reading it ends, and a message that is no more one is refused.
    @Test func brokenMessagesAreRefused() throws {
        let pair = Wire.pair(6, "deployment.id", .text(1, "1208"))
        let record = Wire.counted(2, [.fixed(1, 1), .text(12, "deployment.x"), pair])
        let wire = Wire.counted(1, [.counted(1, .pair(1, "service.name", .text(1, "a"))), .counted(2, record)]).bytes
        for end in 0..<wire.count {
            _ = try? wire[..<end].withUnsafeBytes { try OTLPProtobuf.decodeDeployments($0) }
        }
        for place in wire.indices {
            for bit in 0..<8 {
                var broken = wire
                broken[place] ^= 1 << UInt8(bit)
                _ = try? broken.withUnsafeBytes { try OTLPProtobuf.countLogs($0) }
            }
        }
        #expect(try wire.withUnsafeBytes { try OTLPProtobuf.decodeDeployments($0) }.count == 1)
        let json = #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"deployment","attributes":[]}]}]}]}"#
        let bytes = Array(json.utf8)
        for end in 1..<bytes.count {
            #expect(throws: TelemetryCodecs.DecodingError.self) {
                try bytes[..<end].withUnsafeBytes { try OTLPJSON.countLogs($0) }
            }
        }
        #expect(try bytes.withUnsafeBytes { try OTLPJSON.countLogs($0) }.deployments.count == 1)
    }
}
