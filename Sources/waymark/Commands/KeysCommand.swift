import ArgumentParser
import Dashboard

/// `waymark keys`: the key table of the README.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Print all keys as a Markdown table, from the table that binds them.")

    func run() throws {
        do {
            try Output.write(CommandTable.markdown)
        } catch let failure as Failure {
            throw failure.report()
        }
    }
}
