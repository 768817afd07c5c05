"""client.py client PROTOCOL COMPRESSION: the OpenTelemetry Python SDK sends to a running waymark.

PROTOCOL is `grpc` or `http`, COMPRESSION `none` or `gzip`. The SDK's own exporters send traces, metrics and logs; the
screen must show every span counted, matched to its journey and drawn in a trace.
"""
import os
import re
import time

from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from terminal import Terminal, equal, expect, find_row, journey_rows, main, waymark

TRACES, SPANS_OF_A_TRACE = 200, 4
FAILED_EVERY = 10
MILLI = 1_000_000

JOURNEY = """journey: checkout
title: Check out a basket
entry: service=web-bff name="POST /checkout" kind=server
steps:
  - cart: service=cart name="GET /cart"
  - pay: service=payments name="POST /charge"
slo:
  fast: {target: 99%, under: 300ms}
  success: {target: 99%}
"""


def exporters(protocol, compression, grpc_port, http_port):
    """The three exporters of the SDK for a protocol."""
    if protocol == "grpc":
        import grpc
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        packed = grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression
        options = {"endpoint": f"http://127.0.0.1:{grpc_port}", "insecure": True, "compression": packed}
        return OTLPSpanExporter(**options), OTLPMetricExporter(**options), OTLPLogExporter(**options)
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    packed = Compression.Gzip if compression == "gzip" else Compression.NoCompression
    base = f"http://127.0.0.1:{http_port}/v1"
    return (
        OTLPSpanExporter(endpoint=f"{base}/traces", compression=packed),
        OTLPMetricExporter(endpoint=f"{base}/metrics", compression=packed),
        OTLPLogExporter(endpoint=f"{base}/logs", compression=packed))


class Shop:
    """Three services that send what the SDK makes of their spans."""

    def __init__(self, exporter):
        self.providers = {}
        for service in ("web-bff", "cart", "payments"):
            resource = Resource.create({
                "service.name": service, "service.version": "1.2.3", "deployment.environment.name": "test"})
            provider = TracerProvider(resource=resource)
            provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=10_000))
            self.providers[service] = provider

    def span(self, service, name, kind, parent, start, **options):
        context = trace.set_span_in_context(parent) if parent else None
        tracer = self.providers[service].get_tracer("shop")
        return tracer.start_span(name, context=context, kind=kind, start_time=start, **options)

    def checkout(self, start, milliseconds, fails):
        """One run of the journey; its last child takes what the others leave."""
        end = start + milliseconds * MILLI
        root = self.span("web-bff", "POST /checkout", SpanKind.SERVER, None, start)
        cart = self.span("cart", "GET /cart", SpanKind.SERVER, root, start + 2 * MILLI)
        cart.end(start + 20 * MILLI)
        link = Link(cart.get_span_context(), {"why": "same basket"})
        pay = self.span("payments", "POST /charge", SpanKind.SERVER, root, start + 25 * MILLI, links=[link])
        wait = self.span("payments", "pool.acquire", SpanKind.INTERNAL, pay, start + 26 * MILLI)
        wait.set_attribute("pool.size", 10)
        wait.end(end - 6 * MILLI)
        if fails:
            pay.add_event("exception", {"exception.type": "Timeout"}, timestamp=end - 7 * MILLI)
            pay.set_status(Status(StatusCode.ERROR, "no connection"))
            root.set_status(Status(StatusCode.ERROR))
        pay.end(end - 5 * MILLI)
        root.end(end)

    def flush(self):
        for provider in self.providers.values():
            expect(provider.force_flush(30_000), "the SDK could not send all spans")


def send_metrics(exporter):
    """Five points: a counter of three series, a histogram, a gauge."""
    provider = MeterProvider(metric_readers=[PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)])
    meter = provider.get_meter("shop")
    counter = meter.create_counter("orders")
    for region in ("eu", "us", "ap"):
        counter.add(3, {"region": region})
    meter.create_histogram("basket.size").record(7)
    meter.create_gauge("stock").set(12)
    expect(provider.force_flush(30_000), "the SDK could not send all metrics")
    return provider


def send_logs(exporter):
    """Seven records."""
    provider = LoggerProvider(resource=Resource.create({"service.name": "web-bff"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("shop")
    for number in range(7):
        logger.emit(timestamp=time.time_ns(), body=f"order {number}", severity_text="INFO")
    expect(provider.force_flush(30_000), "the SDK could not send all logs")
    return provider


def ports(rows):
    """The two addresses of the first-run screen: gRPC, then HTTP."""
    row = find_row(rows, "Listening")
    found = re.findall(r"127\.0\.0\.1:(\d+)", row or "")
    return found if len(found) == 2 else None


def client(folder, protocol, compression):
    journeys = os.path.join(folder, "journeys")
    os.mkdir(journeys)
    with open(os.path.join(journeys, "checkout.yaml"), "w", encoding="utf-8") as file:
        file.write(JOURNEY)
    command = [waymark(), "--grpc-port", "0", "--http-port", "0", "--journeys", journeys]
    with Terminal(command, 120, 36, folder) as terminal:
        grpc_port, http_port = terminal.wait("the ports", ports)
        spans, metrics, logs = exporters(protocol, compression, grpc_port, http_port)
        shop = Shop(spans)
        now = time.time_ns()
        for number in range(TRACES):
            slow = number == 123
            shop.checkout(
                now - (TRACES - number) * 900 * MILLI, 2_500 if slow else 100 + number, number % FAILED_EVERY == 0)
        shop.flush()
        metric_provider = send_metrics(metrics)
        log_provider = send_logs(logs)
        look(terminal)
        # The SDK sends once more when it is shut down, or when the interpreter ends.
        for provider in (metric_provider, log_provider, *shop.providers.values()):
            provider.shutdown()
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


def look(terminal):
    """Reads the three screens."""
    rows = terminal.wait(
        "every span, point and record on the line of sources",
        lambda rows: rows if (line := find_row(rows, " SRC ")) and f"{TRACES * SPANS_OF_A_TRACE} spans" in line
        and "5 metrics" in line and "7 logs" in line else None)
    row = terminal.wait("the row of the journey", lambda rows: journey_rows(rows).get("checkout"))
    expect("10.0%" in row, f"a tenth of the runs failed, but the row says: {row}")
    expect("1.2.3" in row, f"the version is not in the row: {row}")
    expect(not find_row(rows, "POST /charge"), "a child was taken for a run of its own")
    terminal.type("Enter")
    terminal.wait_text("[2 Journey]", f"n={TRACES}", "Steps funnel", "cart", "pay")
    slowest = terminal.wait("the slowest run", lambda rows: find_row(rows, "2.50s"))
    expect("1.2.3" in slowest, f"the slowest run has no version: {slowest}")
    terminal.type("Enter")
    terminal.wait_text("[3 Trace]")
    for name in ("POST /checkout", "GET /cart", "POST /charge", "pool.acquire", "2.50s", "4 spans", "3 services"):
        terminal.wait_text(name)
    # The cursor starts on the span that adds most.
    terminal.wait_text("Span pool.acquire", "pool.size")
    terminal.type("k")
    terminal.wait_text("Span POST /charge", "same basket")


main({"client": client})
