/// What the person at the keyboard can ask for; the ids that `keys.yaml` binds.
package enum CommandID: String, CaseIterable, Sendable {
    case cursorDown = "cursor.down"
    case cursorUp = "cursor.up"
    case cursorLeft = "cursor.left"
    case cursorRight = "cursor.right"
    case cursorFirst = "cursor.first"
    case cursorLast = "cursor.last"
    case halfPageDown = "page.halfDown"
    case halfPageUp = "page.halfUp"
    case pageDown = "page.down"
    case pageUp = "page.up"
    case focusNext = "focus.next"
    case focusPrevious = "focus.prev"
    case open
    case back
    case viewLast = "view.last"
    case screenJourneys = "screen.1"
    case screenJourney = "screen.2"
    case screenTrace = "screen.3"
    case panelZoom = "panel.zoom"
    case filterEdit = "filter.edit"
    case find
    case findNext = "find.next"
    case findPrevious = "find.prev"
    case palette
    case help
    case pause = "time.pause"
    case live = "time.live"
    case timePick = "time.pick"
    case timeBack = "time.back"
    case timeForward = "time.forward"
    case zoomOut = "time.zoomOut"
    case zoomIn = "time.zoomIn"
    case select
    case exemplar
    case goJourney = "go.journey"
    case goTrace = "go.trace"
    case nextEnvironment = "go.environment"
    case sortNext = "sort.next"
    case sortReverse = "sort.reverse"
    case errorsOnly = "errors.only"
    case foldAll = "fold.all"
    case unfoldAll = "unfold.all"
    case pathNext = "path.next"
    case overlayToggle = "overlay.toggle"
    case detailsToggle = "details.toggle"
    case markPrevious = "mark.prev"
    case markNext = "mark.next"
    case acknowledge = "alert.ack"
    case mute = "alert.mute"
    case unmute = "alert.unmute"
    case noteAdd = "note.add"
    case bellOn = "bell on"
    case bellOff = "bell off"
    case runbook
    case copyValue = "copy.value"
    case copyView = "copy.view"
    case journeyWrite = "journey.write"
    case journeyReload = "journey.reload"
    case fileOpen = "file.open"
    case demoStart = "demo.start"
    case themePick = "theme.pick"
    case debugFrame = "debug.frame"
    case redraw
    case suspend
    case quit
}

/// A command: the one place for its name, keys, help and validity.
///
/// The keymap, the hint bar, the palette, the help screen and the README's key table are readings of
/// ``CommandTable/all``.
package struct Command: Sendable {
    /// Groups of the help screen.
    package enum Group: String, CaseIterable, Sendable {
        case move = "MOVE"
        case think = "THINK"
        case time = "TIME"
        case act = "ACT"
    }

    /// The id.
    package let id: CommandID
    /// What it does, in a few words.
    package let title: String
    /// A sentence for the palette.
    package let help: String
    /// The group on the help screen.
    package let group: Group
    /// Keys in the spelling of `KeyChord`; a sequence is separated by spaces.
    package let keys: [String]
    /// The screens it is valid on.
    package let screens: Set<Screen>
    /// What the hint bar says, in a word; `nil` keeps it out.
    package let hint: String?

    init(
        _ id: CommandID, _ title: String, keys: [String], in group: Group, on screens: Set<Screen> = Command.everywhere,
        hint: String? = nil, help: String? = nil
    ) {
        self.id = id
        self.title = title
        self.help = help ?? title + "."
        self.group = group
        self.keys = keys
        self.screens = screens
        self.hint = hint
    }

    /// Every screen.
    package static let everywhere = Set(Screen.allCases)
}
