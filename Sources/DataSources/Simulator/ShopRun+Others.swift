import Telemetry

extension ShopRun {
    /// GET /search: the index, then prices for what was found.
    mutating func search() {
        let root = begin(.searchPage)
        describeUser(root)
        work(4, in: root)
        hop()
        let query = begin(.query, under: root)
        add(query, ShopKey.hits, .int(Int64(random.below(400))))
        work(4, in: query)
        let index = begin(.openSearch, under: query, on: spans[query].instance)
        work(34, in: index, sigma: 0.75)
        if random.happens(0.001) {
            fail(index, "search_phase_execution_exception", type: "503", code: 503)
            fail(query, "index is not available", type: "Unavailable", code: 503)
            hop()
            return fail(root, "search failed", type: "503", code: 503)
        }
        end(index)
        work(3, in: query)
        end(query)
        hop()
        hop()
        let prices = begin(.priceList, under: root)
        work(5, in: prices)
        leaf(.pricingMGET, under: prices, 2.6)
        work(2, in: prices)
        end(prices)
        hop()
        work(3, in: root)
        end(root)
    }

    /// GET /products/{id}: from the cache, or from the database.
    mutating func browse() {
        let root = begin(.product)
        describeUser(root)
        work(3, in: root)
        hop()
        let product = begin(.getProduct, under: root)
        work(4, in: product)
        let cache = begin(.catalogGET, under: product, on: spans[product].instance)
        let isHit = !random.happens(0.22)
        add(cache, ShopKey.cacheHit, .bool(isHit))
        work(1.2, in: cache)
        end(cache)
        if !isHit { leaf(.selectProduct, under: product, 26, sigma: 0.6) }
        work(5, in: product)
        let isLost = random.happens(0.000_3)
        if isLost {
            fail(product, "no such product", type: "NotFound", code: 500)
        } else {
            end(product)
        }
        hop()
        work(3, in: root)
        if isLost {
            fail(root, "no such product", type: "500", code: 500)
        } else {
            end(root)
        }
    }

    /// POST /login: a password is made slow to check.
    mutating func login() {
        let root = begin(.login)
        describeUser(root)
        work(3, in: root)
        hop()
        let verify = begin(.verify, under: root)
        work(2, in: verify)
        leaf(.selectUser, under: verify, 4, sigma: 0.5)
        leaf(.argon2, under: verify, 22, sigma: 0.45)
        end(verify)
        hop()
        work(2, in: root)
        end(root)
    }

    /// POST /cart/items: into the basket.
    mutating func cartAdd() {
        let root = begin(.cartItems)
        describeUser(root)
        work(4, in: root)
        hop()
        let cart = begin(.cartAdd, under: root)
        add(cart, ShopKey.cartItems, .int(Int64(1 + random.below(6))))
        work(16, in: cart, sigma: 0.6)
        leaf(.cartHSET, under: cart, 3, sigma: 0.5)
        work(8, in: cart, sigma: 0.6)
        let isLost = random.happens(0.000_8)
        if isLost {
            fail(cart, "basket is locked", type: "409", code: 503)
        } else {
            end(cart)
        }
        hop()
        work(4, in: root)
        if isLost {
            fail(root, "basket is locked", type: "503", code: 503)
        } else {
            end(root)
        }
    }
}
