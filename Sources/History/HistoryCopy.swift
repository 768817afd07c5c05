import Foundation

/// A private copy of a history as its last commit left it, for reading while another process writes on.
///
/// SQLite up to 3.51.2 can damage a database with a write-ahead log that is open through two connections, so nobody
/// ever opens one that might be in use: its files are copied while the writer waits at the gate, and the copy, which one
/// connection opens alone, is read. It is deleted when this value is.
final class HistoryCopy: Sendable {
    /// The folder of the copy.
    let folder: HistoryFolder

    /// Copies a history.
    ///
    /// - Parameters:
    ///   - original: Where the history is.
    ///   - scratch: A folder for temporary files.
    /// - Throws: ``HistoryError`` of kind `missing` when there is none, or when it cannot be copied.
    init(of original: HistoryFolder, scratch: String = FileManager.default.temporaryDirectory.path) throws(HistoryError)
    {
        guard SystemFile.exists(original.database) else {
            throw HistoryError(.missing, "there is no history in \(original.path): no \(original.database)")
        }
        var template = Array("\(scratch)/waymark-history-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw HistoryError(.inaccessible, "no folder can be made in \(scratch): \(SystemError.text())")
        }
        folder = HistoryFolder(path: String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
        try copy(original)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder.path)
    }

    private func copy(_ original: HistoryFolder) throws(HistoryError) {
        for _ in 0..<20 {
            // Where the gate cannot be had, as in a folder that only others may write to, comparing must do.
            let gate = (try? HistoryLock.waited(original.gate, isShared: true, milliseconds: 5_000)) ?? nil
            let before = HistoryCopy.identities(original)
            try copyFiles(original)
            let after = HistoryCopy.identities(original)
            withExtendedLifetime(gate) {}
            if before == after { return }
            for suffix in ["", "-wal"] { unlink(folder.database + suffix) }
            usleep(50_000)
        }
        throw HistoryError(.inaccessible, "\(original.database) changes faster than it can be copied; try again later")
    }

    private func copyFiles(_ original: HistoryFolder) throws(HistoryError) {
        for suffix in ["", "-wal"] where suffix.isEmpty || SystemFile.exists(original.database + suffix) {
            try SystemFile.copy(original.database + suffix, to: folder.database + suffix)
        }
    }

    private static func identities(_ folder: HistoryFolder) -> [SystemFile.Identity?] {
        ["", "-wal"].map { SystemFile.identity(folder.database + $0) }
    }
}
