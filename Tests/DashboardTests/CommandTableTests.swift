import Dashboard
import TerminalKit
import Testing

@Suite struct CommandTableTests {
    @Test func everyKeyCanBeSpelled() {
        for command in CommandTable.all {
            for key in command.keys { #expect(KeyChord.sequence(key) != nil, "\(command.id.rawValue): \(key)") }
        }
    }

    @Test(arguments: Screen.allCases) func noScreenHasAKeyTwice(_ screen: Screen) {
        var seen: [[KeyChord]: CommandID] = [:]
        for command in CommandTable.all where command.screens.contains(screen) {
            for key in command.keys {
                guard let sequence = KeyChord.sequence(key) else { continue }
                #expect(seen[sequence] == nil, "\(key): \(command.id.rawValue) and \(seen[sequence]?.rawValue ?? "")")
                seen[sequence] = command.id
            }
        }
        // A sequence that begins with a whole command could never be finished.
        for sequence in seen.keys where sequence.count > 1 {
            for length in 1..<sequence.count { #expect(seen[Array(sequence.prefix(length))] == nil) }
        }
    }

    @Test func everyCommandIsInTheTableOnce() {
        #expect(Set(CommandTable.all.map(\.id)).count == CommandTable.all.count)
        #expect(CommandTable.all.count == CommandID.allCases.count)
    }

    @Test func readmeTableHasEveryKey() throws {
        let markdown = CommandTable.markdown
        #expect(markdown == CommandTable.markdown)
        for command in CommandTable.all where !command.keys.isEmpty {
            #expect(markdown.contains("`\(command.id.rawValue)`"))
        }
        let lines = markdown.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("| ") || $0.hasPrefix("|--") })
        #expect(lines.dropFirst(2).allSatisfy { $0.hasSuffix(" |") })
        try Golden.check(lines.map(String.init), "keys.md", width: nil)
    }
}
