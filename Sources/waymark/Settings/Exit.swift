import ArgumentParser

/// The exit codes of every command (sysexits.h where one fits).
enum Exit {
    /// A promise is broken.
    static let broken = ExitCode(1)
    /// No data, or too little, to judge.
    static let cannotJudge = ExitCode(2)
    /// The command line is wrong.
    static let usage = ExitCode(64)
    /// The input is wrong.
    static let badInput = ExitCode(65)
    /// The input is not there or cannot be read.
    static let noInput = ExitCode(66)
    /// Something needed is not available.
    static let unavailable = ExitCode(69)
    /// A fault of waymark itself.
    static let fault = ExitCode(70)
    /// The output cannot be written.
    static let cannotWrite = ExitCode(73)
    /// Ended by the user.
    static let interrupted = ExitCode(130)
}

/// Ends a command with words on standard error and an exit code.
struct Failure: Error {
    /// What went wrong and what to do, without the program's name.
    var message: String
    /// How the program ends.
    let code: ExitCode

    /// Prints the words and gives the code to end with.
    func report() -> ExitCode {
        Output.error("waymark: \(message)")
        return code
    }
}
