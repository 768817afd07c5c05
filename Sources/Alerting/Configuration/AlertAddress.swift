import Foundation

/// An http or https address to send to.
///
/// Its path and query may hold a secret (chat services put one there), so it describes itself by its origin only.
package struct AlertAddress: Sendable, Hashable, CustomStringConvertible {
    /// Why a text is no address to send to.
    package struct Problem: Error, Hashable {
        /// What is wrong.
        package let text: String
    }

    /// `http` or `https`.
    package let scheme: String
    /// The host in lower case; an IPv6 address without brackets.
    package let host: String
    /// The port, also where the text leaves it out.
    package let port: Int
    /// The whole address.
    package let whole: Secret

    /// Reads an address.
    ///
    /// - Throws: ``Problem`` when it is not http or https, has no host, or has a name or a password in it.
    package init(_ text: String) throws(Problem) {
        guard text.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value < 127 }), text.utf8.count <= 4_096,
            let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased()
        else { throw Problem(text: "is not an address") }
        guard scheme == "http" || scheme == "https" else { throw Problem(text: "begins with \(scheme):") }
        guard let host = parts.host, !host.isEmpty, host != "[]" else { throw Problem(text: "has no host") }
        guard parts.user == nil, parts.password == nil else { throw Problem(text: "has a name or password in it") }
        guard parts.fragment == nil else { throw Problem(text: "has a fragment") }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65_535).contains(port) else { throw Problem(text: "has a port that is none") }
        self.scheme = scheme
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")).lowercased()
        self.port = port
        whole = Secret(text)
    }

    /// Scheme, host and port: what may be shown.
    package var description: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        let isUsual = port == (scheme == "https" ? 443 : 80)
        return "\(scheme)://\(shown)" + (isUsual ? "" : ":\(port)")
    }

    /// Whether two addresses lead to the same server in the same way.
    package func hasSameOrigin(as other: AlertAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether the host is this machine by its very name or address.
    package var isLoopback: Bool { AlertAddress.isLoopback(host) }

    /// Whether a host's name or address means this machine.
    package static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether the path or query looks as if it held a secret: any query, or a long part with letters and digits.
    package var looksSecret: Bool {
        guard let parts = URLComponents(string: whole.reveal()) else { return true }
        if parts.query != nil { return true }
        return parts.path.split(separator: "/").contains { part in
            part.count >= 20 && part.contains(where: \.isNumber) && part.contains(where: \.isLetter)
        }
    }

    /// The address with another path behind its own; the query is dropped.
    package func appending(_ path: String) -> String {
        var text = whole.reveal()
        if let query = text.firstIndex(of: "?") { text = String(text[..<query]) }
        while text.hasSuffix("/") { text.removeLast() }
        return text.hasSuffix(path) ? text : text + path
    }
}
