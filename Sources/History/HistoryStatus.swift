/// Whether what is counted reaches the disk.
package struct HistoryStatus: Sendable, Hashable {
    /// What the history does.
    package enum Mode: Sendable, Hashable {
        /// Every second of counting is committed.
        case writing
        /// Another waymark has it, with this process id where it could be read: it was read once, nothing is written.
        case readOnly(pid: Int32?)
        /// Nothing can be written for this reason: counting goes on in memory, and writing is tried again and again.
        case memoryOnly(reason: String)
        /// It was closed.
        case closed
    }

    /// What it does.
    package var mode: Mode
    /// What somebody should know of even if all is well now, such as that a corrupt file was set aside.
    package var notice: String?

    /// Puts a status together.
    package init(mode: Mode, notice: String? = nil) {
        self.mode = mode
        self.notice = notice
    }

    /// One line for a banner; nil when there is nothing to say.
    package var banner: String? {
        let words: String? =
            switch mode {
            case .writing, .closed: nil
            case .readOnly(let pid?): "history: read-only, waymark with pid \(pid) writes it"
            case .readOnly(nil): "history: read-only, another waymark writes it"
            case .memoryOnly(let reason): "history: in memory only, \(reason)"
            }
        let lines = [words, notice].compactMap { $0 }
        return lines.isEmpty ? nil : lines.joined(separator: "; ")
    }
}

/// Why the history could not be opened, read or written.
package struct HistoryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of trouble.
    package enum Kind: Sendable, Hashable {
        /// The file is damaged.
        case corrupt
        /// The file was written by a later waymark.
        case newer
        /// The file is not waymark's.
        case foreign
        /// Another file has come to its place.
        case replaced
        /// There is none.
        case missing
        /// Another waymark writes it, with this process id where it could be read.
        case busy(pid: Int32?)
        /// The disk is full.
        case full
        /// It cannot be read or written.
        case inaccessible
        /// What should be imported is wrong.
        case badInput
    }

    /// What kind of trouble.
    package let kind: Kind
    /// What, where, and what to do.
    package let message: String

    /// Makes an error.
    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    package var description: String { message }
}
