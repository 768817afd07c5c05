/// The journey files of the built-in shop, so that the demo has them wherever it is started.
///
/// The same texts as the files in `journeys/`; a test compares them.
package enum ShopJourneyFiles {
    /// The texts by file name.
    package static let texts: [String: String] = [
        "browse.yaml": """
        journey: browse
        title: Look at a product
        owner: team-discovery
        runbook: https://runbooks.example/browse
        entry: service=web-bff name="GET /products/{id}" kind=server
        slo:
          window: 28d
          fast:    {target: 99.5%, under: 500ms}
          success: {target: 99.9%}

        """,
        "cart.add.yaml": """
        journey: cart.add
        title: Put a product into the basket
        owner: team-checkout
        runbook: https://runbooks.example/cart-add
        entry: service=web-bff name="POST /cart/items" kind=server
        steps:
          - store: service=cart kind=server
        slo:
          window: 28d
          fast:    {target: 99.5%, under: 600ms}
          success: {target: 99.5%}

        """,
        "checkout.yaml": """
        journey: checkout
        title: Check out a basket
        owner: team-payments
        runbook: https://runbooks.example/checkout
        entry: service=web-bff name="POST /checkout" kind=server
        steps:
          - cart.review: service=cart name="GET /cart"
          - quote:       service=pricing name=Quote
          - pay:         service=payments name="POST /charge"
          - confirm:     service=ledger name=Append
        slo:
          window: 28d
          fast:    {target: 99.5%, under: 1.2s}
          success: {target: 99.5%}

        """,
        "login.yaml": """
        journey: login
        title: Sign in
        owner: team-identity
        runbook: https://runbooks.example/login
        entry: service=web-bff name="POST /login" kind=server
        steps:
          - authenticate: service=auth kind=server
        slo:
          window: 28d
          fast:    {target: 99.9%, under: 400ms}
          success: {target: 99.9%}

        """,
        "search.yaml": """
        journey: search
        title: Find a product
        owner: team-discovery
        runbook: https://runbooks.example/search
        entry: service=web-bff name="GET /search" kind=server
        steps:
          - query:  service=search kind=server
          - prices: service=pricing kind=server
        slo:
          window: 28d
          fast:    {target: 99%, under: 800ms}
          success: {target: 99.5%}

        """,
    ]
}
