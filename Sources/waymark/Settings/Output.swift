import Foundation

/// Writes to standard output and standard error.
enum Output {
    /// Writes text to standard output as it is.
    ///
    /// - Throws: ``Failure`` with exit code 73 when nobody takes it; a reader that went away is one of these cases.
    static func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Writes bytes to standard output as they are.
    static func write(_ bytes: [UInt8]) throws {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
        } catch {
            throw Failure(message: "cannot write to standard output: \(error)", code: Exit.cannotWrite)
        }
    }

    /// Writes one line to standard error; when that fails there is nobody left to tell.
    static func error(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }
}
