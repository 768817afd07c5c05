import Telemetry

/// What a process of the shop can do: one span name of one service.
enum ShopOperation: Int, CaseIterable {
    // checkout
    case checkout, cartGet, cartHGETALL, quote, rulesEval, pricingMGET, charge, poolAcquire, score, modelInfer
    case pspCharge, append, insertEntry, auditWrite, publishOrder, consumeOrder
    // search
    case searchPage, query, openSearch, priceList
    // browse
    case product, getProduct, catalogGET, selectProduct
    // login
    case login, verify, argon2, selectUser
    // cart.add
    case cartItems, cartAdd, cartHSET

    /// Service, name and kind.
    var identity: (service: ShopService, name: String, kind: SpanKind) {
        switch self {
        case .checkout: (.webBff, "POST /checkout", .server)
        case .cartGet: (.cart, "GET /cart", .server)
        case .cartHGETALL: (.cart, "redis HGETALL", .client)
        case .quote: (.pricing, "Quote", .server)
        case .rulesEval: (.pricing, "rules.eval", .internal)
        case .pricingMGET: (.pricing, "redis MGET", .client)
        case .charge: (.payments, "POST /charge", .server)
        case .poolAcquire: (.payments, "pool.acquire", .internal)
        case .score: (.fraud, "Score", .server)
        case .modelInfer: (.fraud, "model.infer", .internal)
        case .pspCharge: (.payments, "psp POST /v1/charge", .client)
        case .append: (.ledger, "Append", .server)
        case .insertEntry: (.ledger, "pg INSERT entry", .client)
        case .auditWrite: (.ledger, "audit.write", .internal)
        case .publishOrder: (.webBff, "publish order.created", .producer)
        case .consumeOrder: (.mailer, "consume order.created", .consumer)
        case .searchPage: (.webBff, "GET /search", .server)
        case .query: (.search, "Query", .server)
        case .openSearch: (.search, "opensearch POST /products/_search", .client)
        case .priceList: (.pricing, "PriceList", .server)
        case .product: (.webBff, "GET /products/{id}", .server)
        case .getProduct: (.catalog, "GetProduct", .server)
        case .catalogGET: (.catalog, "redis GET", .client)
        case .selectProduct: (.catalog, "pg SELECT product", .client)
        case .login: (.webBff, "POST /login", .server)
        case .verify: (.auth, "Verify", .server)
        case .argon2: (.auth, "argon2.verify", .internal)
        case .selectUser: (.auth, "pg SELECT user", .client)
        case .cartItems: (.webBff, "POST /cart/items", .server)
        case .cartAdd: (.cart, "POST /cart/items", .server)
        case .cartHSET: (.cart, "redis HSET", .client)
        }
    }

    var service: ShopService { identity.service }

    /// The instrumentation that makes the span.
    var scope: ShopScope {
        if service.language == .rust { return .rustTracing }
        switch self {
        case .cartHGETALL, .cartHSET, .catalogGET: return .redis
        case .poolAcquire: return .pgxPool
        case .insertEntry, .selectProduct: return .pgx
        case .append, .getProduct: return .otelGRPC
        case .publishOrder, .consumeOrder: return .kafka
        case .auditWrite: return .shop
        default: return .otelHTTP
        }
    }
}

/// An instrumentation library.
enum ShopScope: Int, CaseIterable {
    case otelHTTP, otelGRPC, redis, pgx, pgxPool, kafka, rustTracing, shop

    /// The scope's name and version.
    var words: (name: String, version: String) {
        switch self {
        case .otelHTTP: ("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp", "0.62.0")
        case .otelGRPC: ("go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc", "0.62.0")
        case .redis: ("github.com/redis/go-redis/extra/redisotel", "9.11.0")
        case .pgx: ("github.com/exaring/otelpgx", "0.9.3")
        case .pgxPool: ("pgxpool", "5.6.0")
        case .kafka: ("github.com/twmb/franz-go/plugin/kotel", "1.6.0")
        case .rustTracing: ("tracing-opentelemetry", "0.31.0")
        case .shop: ("example.com/shop/internal/audit", "")
        }
    }
}

extension ShopOperation {
    /// The attributes that every span of the operation has.
    var attributes: [(String, AttributeValue)] {
        switch self {
        case .checkout: http("POST", "/checkout", service) + [("app.journey", .string("checkout"))]
        case .cartGet: http("GET", "/cart", service)
        case .charge: http("POST", "/charge", service)
        case .searchPage: http("GET", "/search", service) + [("url.query", .string("q=REDACTED"))]
        case .product: http("GET", "/products/{id}", service)
        case .login: http("POST", "/login", service)
        case .cartItems: http("POST", "/cart/items", service)
        case .cartAdd: http("POST", "/cart/items", service)
        case .quote: rpc("shop.pricing.v1.Pricing", "Quote", service)
        case .priceList: rpc("shop.pricing.v1.Pricing", "PriceList", service)
        case .score: rpc("shop.fraud.v1.Fraud", "Score", service)
        case .append: rpc("shop.ledger.v1.Ledger", "Append", service)
        case .query: rpc("shop.search.v1.Search", "Query", service)
        case .getProduct: rpc("shop.catalog.v1.Catalog", "GetProduct", service)
        case .verify: rpc("shop.auth.v1.Auth", "Verify", service)
        case .cartHGETALL: redis("HGETALL", "cart-redis")
        case .cartHSET: redis("HSET", "cart-redis")
        case .pricingMGET: redis("MGET", "pricing-redis")
        case .catalogGET: redis("GET", "catalog-redis")
        case .insertEntry:
            postgres("INSERT", "entry", "ledger-db", "INSERT INTO entry (id, order_id, amount) VALUES (…)")
        case .selectProduct: postgres("SELECT", "product", "catalog-db", "SELECT * FROM product WHERE id = $1")
        case .selectUser: postgres("SELECT", "user", "auth-db", "SELECT id, hash FROM user WHERE email = $1")
        case .openSearch: openSearchAttributes
        case .pspCharge: pspAttributes
        case .poolAcquire: poolAttributes
        case .publishOrder: messaging("publish", "send")
        case .consumeOrder: messaging("consume", "process") + [("messaging.consumer.group.name", .string("mailer"))]
        case .rulesEval: rust("pricing::rules", "eval", "src/rules.rs", 118) + [("app.rules.version", .string("r41"))]
        case .modelInfer: rust("fraud::model", "infer", "src/model.rs", 64) + [("app.model.name", .string("gbt-7"))]
        case .argon2:
            rust("auth::password", "verify", "src/password.rs", 42) + [("app.argon2.memory_kib", .int(19_456))]
        case .auditWrite:
            [
                ("code.function.name", .string("audit.Write")), ("app.audit.sink", .string("s3")),
                ("app.audit.kind", .string("charge")), ("app.audit.bucket", .string("shop-audit")),
                ("code.file.path", .string("internal/audit/write.go")), ("code.line.number", .int(57)),
                ("app.audit.mode", .string("async")),
            ]
        }
    }

    private func http(_ method: String, _ route: String, _ service: ShopService) -> [(String, AttributeValue)] {
        [
            ("http.request.method", .string(method)),
            ("http.route", .string(route)),
            ("url.scheme", .string(service == .webBff ? "https" : "http")),
            ("url.path", .string(route.replacing("{id}", with: "4711"))),
            ("server.address", .string(service == .webBff ? "shop.example" : service.name)),
            ("server.port", .int(service == .webBff ? 443 : 8080)),
            ("network.protocol.version", .string(service == .webBff ? "2" : "1.1")),
            ("user_agent.original", .string(service == .webBff ? "Mozilla/5.0" : "Go-http-client/1.1")),
        ]
    }

    private func rpc(_ service: String, _ method: String, _ server: ShopService) -> [(String, AttributeValue)] {
        [
            ("rpc.system", .string("grpc")),
            ("rpc.service", .string(service)),
            ("rpc.method", .string(method)),
            ("server.address", .string(server.name)),
            ("server.port", .int(50_051)),
            ("network.transport", .string("tcp")),
            ("network.type", .string("ipv4")),
        ]
    }

    private func redis(_ command: String, _ server: String) -> [(String, AttributeValue)] {
        [
            ("db.system.name", .string("redis")),
            ("db.operation.name", .string(command)),
            ("db.query.text", .string("\(command) ?")),
            ("db.namespace", .string("0")),
            ("server.address", .string(server)),
            ("server.port", .int(6379)),
            ("network.transport", .string("tcp")),
            ("network.peer.port", .int(6379)),
        ]
    }

    private func postgres(
        _ verb: String, _ table: String, _ server: String, _ text: String
    ) -> [(String, AttributeValue)] {
        [
            ("db.system.name", .string("postgresql")),
            ("db.operation.name", .string(verb)),
            ("db.collection.name", .string(table)),
            ("db.namespace", .string("shop")),
            ("db.query.text", .string(text)),
            ("db.query.summary", .string("\(verb) \(table)")),
            ("server.address", .string(server)),
            ("server.port", .int(5432)),
        ]
    }

    private func messaging(_ name: String, _ type: String) -> [(String, AttributeValue)] {
        [
            ("messaging.system", .string("kafka")),
            ("messaging.operation.name", .string(name)),
            ("messaging.operation.type", .string(type)),
            ("messaging.destination.name", .string("order.created")),
            ("messaging.message.body.size", .int(412)),
            ("server.address", .string("kafka")),
            ("server.port", .int(9092)),
        ]
    }

    private func rust(
        _ namespace: String, _ function: String, _ file: String, _ line: Int64
    ) -> [(String, AttributeValue)] {
        [
            ("code.module.name", .string(namespace)),
            ("code.function.name", .string("\(namespace)::\(function)")),
            ("code.file.path", .string(file)),
            ("code.line.number", .int(line)),
            ("thread.name", .string("tokio-runtime-worker")),
        ]
    }

    private var openSearchAttributes: [(String, AttributeValue)] {
        [
            ("db.system.name", .string("opensearch")),
            ("db.operation.name", .string("search")),
            ("db.collection.name", .string("products")),
            ("http.request.method", .string("POST")),
            ("url.full", .string("http://opensearch:9200/products/_search")),
            ("server.address", .string("opensearch")),
            ("server.port", .int(9200)),
        ]
    }

    private var pspAttributes: [(String, AttributeValue)] {
        [
            ("http.request.method", .string("POST")),
            ("url.full", .string("https://api.psp.example/v1/charge")),
            ("server.address", .string("api.psp.example")),
            ("server.port", .int(443)),
            ("network.protocol.version", .string("2")),
            ("network.transport", .string("tcp")),
            ("peer.service", .string("psp")),
        ]
    }

    private var poolAttributes: [(String, AttributeValue)] {
        [
            ("app.pool.name", .string("orders")),
            ("db.system.name", .string("postgresql")),
            ("server.address", .string("orders-db")),
            ("server.port", .int(5432)),
            ("db.namespace", .string("orders")),
        ]
    }
}
