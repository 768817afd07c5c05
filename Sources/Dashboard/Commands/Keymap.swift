import TerminalKit

/// Which keys run which commands: a reading of the command table.
package struct Keymap: Sendable {
    /// What a sequence of keys means so far.
    enum Meaning: Equatable {
        case command(CommandID)
        case prefix
        case nothing
    }

    private var commands: [[KeyChord]: CommandID] = [:]
    private var prefixes: Set<[KeyChord]> = []

    /// The keymap of the command table.
    package static let standard = Keymap(CommandTable.all)

    /// Reads the keys of commands; a key that a terminal cannot send is left out.
    package init(_ table: [Command]) {
        for command in table {
            for spelling in command.keys {
                guard let sequence = KeyChord.sequence(spelling) else { continue }
                commands[sequence] = command.id
                for length in 1..<max(1, sequence.count) { prefixes.insert(Array(sequence.prefix(length))) }
            }
        }
    }

    func meaning(of sequence: [KeyChord]) -> Meaning {
        if let id = commands[sequence] { return .command(id) }
        return prefixes.contains(sequence) ? .prefix : .nothing
    }
}
