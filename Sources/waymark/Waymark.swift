import ArgumentParser
import Pipeline

/// The program: arguments and wiring, nothing else.
@main
struct Waymark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waymark",
        abstract: "Critical user journeys, live in the terminal, from OpenTelemetry.",
        discussion: """
            Without a command, waymark listens for OTLP on 127.0.0.1:4317 (gRPC) and 127.0.0.1:4318 (HTTP), reads the
            journeys in ./journeys and opens the dashboard.

            EXAMPLES
              waymark                                    the dashboard, fed by your services
              waymark demo                               the dashboard, fed by a built-in shop with one bad release
              waymark open traces.jsonl                  the dashboard over files
              waymark summary --format json traces.jsonl counts and percentiles without a terminal
              waymark serve                              receive, judge, remember and alert without a terminal
              waymark mute checkout --for 2h             silence a journey of the waymark that runs here

            EXIT CODES
              0 done  1 a promise is broken  2 cannot judge  64 command line  65 input is wrong  66 input is not there
              69 something is not available  70 a fault of waymark  73 output cannot be written  130 ended by you
            """,
        version: "0.1.0",
        subcommands: [
            DashboardCommand.self, ServeCommand.self, OpenCommand.self, DemoCommand.self, SummaryCommand.self,
            RenderCommand.self, JourneysCommand.self, SchemaCommand.self, StatusCommand.self, AckCommand.self,
            MuteCommand.self, UnmuteCommand.self, NoteCommand.self, MarkCommand.self, AlertsCommand.self,
            HistoryCommand.self, ExportCommand.self, KeysCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: DashboardCommand.self
    )

    static func main() async {
        ReadingMemory.shareOnePool()
        await main(nil)
    }
}
