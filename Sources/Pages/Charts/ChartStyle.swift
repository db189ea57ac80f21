/// What charts look like, in a page and in a file of their own.
enum ChartStyle {
  /// Rules in the page's colours.
  static let rules: Markup = """
    svg text { font-size: 11px; fill: var(--soft); font-family: inherit; }
        svg .strong { fill: var(--ink); font-weight: 600; }
        svg .named { fill: var(--accent); font-weight: 600; }
        svg .warned { fill: var(--alarm); font-weight: 600; }
        svg .inverse { fill: var(--paper); font-weight: 600; }
        svg .axis { stroke: var(--grey); stroke-width: 1; fill: none; }
        svg .grid { stroke: var(--line); stroke-width: 1; fill: none; }
        svg .paper { fill: var(--paper); }
        svg .plain { fill: var(--grey); }
        svg .own { fill: var(--accent); }
        svg .rug-plain { stroke: var(--grey); stroke-width: 1; }
        svg .rug-own { stroke: var(--accent); stroke-width: 1; }
        svg .line-own { stroke: var(--accent); stroke-width: 2; fill: none; stroke-linejoin: round; }
        svg .limit { stroke: var(--alarm); stroke-width: 1.5; stroke-dasharray: 5 3; fill: none; }
        svg .hollow { fill: var(--paper); stroke: var(--accent); stroke-width: 1.5; }
        svg .outline { stroke: var(--ink); stroke-width: 1.5; fill: none; }
        svg .line-1 { stroke: var(--series-1); stroke-width: 2; fill: none; }
        svg .line-2 { stroke: var(--series-2); stroke-width: 2; fill: none; stroke-dasharray: 7 3; }
        svg .line-3 { stroke: var(--series-3); stroke-width: 2; fill: none; stroke-dasharray: 2 2.5; }
        svg .line-4 { stroke: var(--series-4); stroke-width: 2; fill: none; stroke-dasharray: 8 3 2 3; }
        svg .line-5 { stroke: var(--series-5); stroke-width: 2; fill: none; stroke-dasharray: 12 3; }
        svg .line-6 { stroke: var(--series-6); stroke-width: 2; fill: none; stroke-dasharray: 4 4; }
        svg .dot-1 { fill: var(--series-1); }
        svg .dot-2 { fill: var(--series-2); }
        svg .dot-3 { fill: var(--series-3); }
        svg .dot-4 { fill: var(--series-4); }
        svg .dot-5 { fill: var(--series-5); }
        svg .dot-6 { fill: var(--series-6); }
    """

  /// The same for a file on its own, which follows light and dark where its viewer does.
  static var standalone: String {
    let rules = Self.rules.source.replacing(
      "font-family: inherit",
      with: "font-family: system-ui, Roboto, Noto Sans, Liberation Sans, DejaVu Sans, sans-serif"
    )
    return """
      \(Palette.light.resolved(rules))
      @media (prefers-color-scheme: dark) {
      \(Palette.dark.resolved(rules))
      }
      """
  }
}
