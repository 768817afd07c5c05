import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A small file that may hold a secret, as it was when it was opened.
package struct SecretFile: Sendable {
    /// Its permission bits.
    package var mode: UInt32
    /// Its text.
    package var text: String

    /// Makes one.
    package init(mode: UInt32, text: String) {
        self.mode = mode
        self.text = text
    }

    /// Whether anybody but its owner may read or change it.
    package var isOpenToOthers: Bool { mode & 0o077 != 0 }

    /// The permission bits as `ls` and `chmod` spell them, such as `0644`.
    package var modeText: String {
        let digits = String(mode & 0o777, radix: 8)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// Why a file could not be read, in words.
package struct SecretFileProblem: Error, Hashable {
    /// Such as `cannot be opened: No such file or directory`.
    package let text: String

    /// Makes one.
    package init(text: String) {
        self.text = text
    }
}

/// Reads the files that may hold secrets; tests put a fake in its place.
package protocol SecretFiles: Sendable {
    /// Opens a file once and returns its mode and text.
    ///
    /// - Throws: ``SecretFileProblem`` when it cannot be read, is no plain file, is over a mebibyte or is not UTF-8.
    func read(_ path: String) throws(SecretFileProblem) -> SecretFile
}

/// The real files.
package struct LocalSecretFiles: SecretFiles {
    private static let longest = 1 << 20

    /// Makes a reader.
    package init() {}

    /// Opens a file once, so that its mode belongs to the text that is read.
    package func read(_ path: String) throws(SecretFileProblem) -> SecretFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw SecretFileProblem(text: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw SecretFileProblem(text: "is not a plain file")
        }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16_384)
        while bytes.count <= Self.longest {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw SecretFileProblem(text: "cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            bytes += block[..<count]
        }
        guard bytes.count <= Self.longest else { throw SecretFileProblem(text: "is larger than 1 MiB") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw SecretFileProblem(text: "is not UTF-8") }
        return SecretFile(mode: UInt32(facts.st_mode), text: text)
    }
}
