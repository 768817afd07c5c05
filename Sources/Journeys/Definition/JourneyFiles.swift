import Foundation

/// The file system as journey files need it; given from outside so that any set of files can be tried.
package protocol JourneyFileReading: Sendable {
    /// What stands at a path.
    func kind(of path: String) -> JourneyFileKind
    /// The names in a folder, in any order.
    func names(in folder: String) throws -> [String]
    /// The bytes of a file.
    func contents(of path: String) throws -> [UInt8]
}

/// What stands at a path.
package enum JourneyFileKind: Sendable, Hashable {
    /// Nothing.
    case missing
    /// A file.
    case file
    /// A folder.
    case folder
}

/// The real file system.
package struct DiskJourneyFiles: JourneyFileReading {
    /// Makes the reader.
    package init() {}

    /// What stands at a path; a link counts as what it points to.
    package func kind(of path: String) -> JourneyFileKind {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return .missing }
        return isFolder.boolValue ? .folder : .file
    }

    /// The names in a folder.
    package func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
    }

    /// The bytes of a file.
    package func contents(of path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// Files that are only in memory: for tests, and for text that was never a file.
package struct MemoryJourneyFiles: JourneyFileReading {
    /// The texts by path, with `/` between folders.
    package var texts: [String: String]

    /// Makes the files.
    package init(_ texts: [String: String]) {
        self.texts = texts
    }

    /// A folder is whatever has files below it.
    package func kind(of path: String) -> JourneyFileKind {
        if texts[path] != nil { return .file }
        return texts.keys.contains { $0.hasPrefix(path + "/") } ? .folder : .missing
    }

    /// The names of the files directly in a folder.
    package func names(in folder: String) throws -> [String] {
        texts.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
            .filter { !$0.contains("/") }
    }

    /// The bytes of a file; empty for one that is not there.
    package func contents(of path: String) throws -> [UInt8] {
        Array((texts[path] ?? "").utf8)
    }
}
