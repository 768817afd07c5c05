import Foundation
import FuzzTargets
import Testing

/// Runs the fuzz targets over what fuzzing has found, and over small changes of it; see `Tests/Fuzzing/fuzz`.
@Suite("Fuzz targets")
struct CorpusTests {
    @Test("every input of the corpus is judged well", arguments: FuzzTarget.allCases)
    func corpus(target: FuzzTarget) throws {
        let inputs = try FuzzCorpus.inputs(of: target)
        #expect(!inputs.isEmpty)
        for input in inputs { run(target, input.bytes, input.name) }
    }

    @Test("so are three thousand changed ones", arguments: FuzzTarget.allCases)
    func mutations(target: FuzzTarget) throws {
        let inputs = try FuzzCorpus.inputs(of: target).map(\.bytes)
        var random = FuzzRandom(seed: 20)
        guard !inputs.isEmpty else { return }
        for number in 0..<3_000 {
            let first = inputs[random.below(inputs.count)]
            let second = inputs[random.below(inputs.count)]
            run(target, random.mutated(first, with: second), "change \(number)")
        }
    }

    @Test("an input of nothing does no harm", arguments: FuzzTarget.allCases)
    func nothing(target: FuzzTarget) { run(target, [], "nothing") }

    private func run(_ target: FuzzTarget, _ bytes: [UInt8], _ name: String) {
        do throws(FuzzFinding) {
            let result = bytes.withUnsafeBytes { bytes in
                Result { () throws(FuzzFinding) in try target.run(bytes) }
            }
            try result.get()
        } catch {
            Issue.record("\(target.rawValue), \(name): \(error); bytes: \(Data(bytes).base64EncodedString())")
        }
    }
}

/// What lies in `Tests/Fuzzing/Corpus`.
enum FuzzCorpus {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzzing/Corpus")

    /// The inputs for a target, by name.
    static func inputs(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appending(path: target.rawValue)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try names.map { (name: $0, bytes: [UInt8](try Data(contentsOf: folder.appending(path: $0)))) }
    }
}
