/// A journey of the recorded shop, and which services its runs call.
struct ShopJourney {
    let name: String
    let service: String
    /// The name of its entry span; nil where every server span of the service is a run.
    let span: String?
    /// What it promises, in milliseconds, and to how many of a hundred runs.
    let under: UInt64
    let target: Int
    /// The services whose trouble is the journey's own.
    let needs: Set<String>

    /// Every service is needed by the pages of the shop; those behind it need less.
    static let all: [ShopJourney] = [
        ShopJourney(
            name: "shop", service: "frontend", span: "hipstershop.Frontend/Recv.", under: 500, target: 80,
            needs: [
                "frontend", "adservice", "cartservice", "checkoutservice", "currencyservice", "emailservice",
                "paymentservice", "productcatalogservice", "recommendationservice", "shippingservice",
            ]),
        ShopJourney("ads", "adservice", nil, 100),
        ShopJourney("cart", "cartservice", nil, 20),
        ShopJourney("currency", "currencyservice", "grpc.hipstershop.CurrencyService/Convert", 100),
        ShopJourney("products", "productcatalogservice", "hipstershop.ProductCatalogService/GetProduct", 100),
        ShopJourney("catalog", "productcatalogservice", "hipstershop.ProductCatalogService/ListProducts", 100),
        ShopJourney("recommendations", "recommendationservice", nil, 100, also: ["productcatalogservice"]),
        ShopJourney("shipping", "shippingservice", nil, 10),
    ]

    private init(name: String, service: String, span: String?, under: UInt64, target: Int, needs: Set<String>) {
        self.name = name
        self.service = service
        self.span = span
        self.under = under
        self.target = target
        self.needs = needs
    }

    private init(
        _ name: String, _ service: String, _ span: String?, _ under: UInt64, also more: Set<String> = []
    ) {
        self.init(name: name, service: service, span: span, under: under, target: 90, needs: more.union([service]))
    }

    /// The alert of every journey: 30 % of the runs too slow, over a minute and over half a minute.
    static let rule = BurnRule(long: 60, short: 30, percent: 30)

    /// The journeys as they are written.
    static var yaml: String { all.map(\.yaml).joined(separator: "---\n") }

    private var yaml: String {
        let factor = target == 80 ? "1.5" : "3"
        return "journey: \(name)\nentry: service=\(service)" + (span.map { " name=\"\($0)\"" } ?? "")
            + " kind=server\nslo:\n  fast: {target: \(target)%, under: \(under)ms}\n"
            + "alerts:\n  - {page: \(factor), long: 1m, short: 30s}\n"
    }
}
