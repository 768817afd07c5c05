import Telemetry

/// A service of the built-in shop.
enum ShopService: Int, CaseIterable {
    case webBff, cart, pricing, payments, fraud, ledger, mailer, search, auth, catalog

    enum Language: String {
        case go, rust
    }

    /// `service.name`
    var name: String {
        switch self {
        case .webBff: "web-bff"
        case .cart: "cart"
        case .pricing: "pricing"
        case .payments: "payments"
        case .fraud: "fraud"
        case .ledger: "ledger"
        case .mailer: "mailer"
        case .search: "search"
        case .auth: "auth"
        case .catalog: "catalog"
        }
    }

    var language: Language {
        switch self {
        case .pricing, .fraud, .search, .auth: .rust
        case .webBff, .cart, .payments, .ledger, .mailer, .catalog: .go
        }
    }

    /// `service.version` before any fault.
    var version: String {
        switch self {
        case .webBff: "8.1.0"
        case .cart: "4.0.3"
        case .pricing: "0.32.0"
        case .payments: "2.13.4"
        case .fraud: "1.6.1"
        case .ledger: "1.9.2"
        case .mailer: "3.2.0"
        case .search: "5.4.0"
        case .auth: "3.9.0"
        case .catalog: "6.3.1"
        }
    }

    var instances: Int {
        switch self {
        case .payments: 8
        case .webBff: 6
        case .cart, .pricing, .search, .catalog: 4
        case .fraud, .ledger, .auth: 3
        case .mailer: 2
        }
    }
}

/// One running process of a service.
struct ShopInstance: Hashable {
    /// Where the processes of the shop run.
    static let hosts = ["node-a", "node-b", "node-c"]
    /// The version of payments with the small pool.
    static let badVersion = "2.14.0"
    /// How many instances of payments get it.
    static let badInstances = 3

    var service: ShopService
    /// From zero.
    var number: Int
    /// Whether it runs the new release.
    var isNewRelease = false

    var hostNumber: Int { (number + service.rawValue) % Self.hosts.count }

    var version: String { isNewRelease ? Self.badVersion : service.version }

    /// A number of its own among all instances of the shop, old and new ones.
    var index: Int { service.rawValue << 5 | number << 1 | (isNewRelease ? 1 : 0) }

    /// The hash that a deployment gives its pods; another one for another version.
    var pod: String {
        let hash = String(mixed(UInt64(service.rawValue) << 1 | (isNewRelease ? 1 : 0)) & 0xFFFF | 0x1000, radix: 16)
        return "\(service.name)-\(hash)-\(number)"
    }

    /// The resource of its telemetry.
    func attributes(environment: String) -> [(Symbol, AttributeValue)] {
        let isGo = service.language == .go
        var list: [(String, AttributeValue)] = [
            ("service.name", .string(service.name)),
            ("service.namespace", .string("shop")),
            ("service.version", .string(version)),
            ("service.instance.id", .string(pod)),
            ("deployment.environment.name", .string(environment)),
            ("host.name", .string(Self.hosts[hostNumber])),
            ("k8s.namespace.name", .string("shop")),
            ("k8s.deployment.name", .string(service.name)),
            ("k8s.pod.name", .string(pod)),
            ("telemetry.sdk.name", .string("opentelemetry")),
            ("telemetry.sdk.language", .string(service.language.rawValue)),
            ("telemetry.sdk.version", .string(isGo ? "1.37.0" : "0.30.0")),
            ("process.pid", .int(1)),
        ]
        if isGo {
            list.append(("process.runtime.name", .string("go")))
            list.append(("process.runtime.version", .string("go1.24.4")))
        } else {
            list.append(("process.runtime.name", .string("rustc")))
            list.append(("process.runtime.version", .string("1.88.0")))
        }
        return list.map { (Symbol($0.0), $0.1) }
    }
}
