/// What all pages look like: one column, one accent colour, figures of equal width, light and dark, on paper and on a
/// telephone of 360 pixels.
enum Stylesheet {
  static let css: Markup = """

    :root {
      color-scheme: light dark;
      \(Palette.light.variables)
    }
    @media (prefers-color-scheme: dark) {
      :root {
        \(Palette.dark.variables)
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0 auto; padding: 1rem clamp(1rem, 4vw, 2.5rem) 3rem; max-width: 68rem;
      background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue",
        "Noto Sans", "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: break-word;
    }
    a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: .06em; }
    a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.2rem 0 .2rem; font-weight: 650; letter-spacing: -.01em; }
    h2 {
      font-size: 1.06rem; line-height: 1.3; margin: 2.4rem 0 .7rem; padding-top: .7rem; font-weight: 650;
      border-top: 1px solid var(--line);
    }
    h3 { font-size: .94rem; margin: 1.3rem 0 .4rem; font-weight: 600; }
    p { margin: .4rem 0; max-width: 44rem; }
    code, .mono { font: .86em/1.45 ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", "Liberation Mono", monospace; }
    ul { padding-left: 1.2rem; }
    .soft { color: var(--soft); }
    .small { font-size: .875rem; }
    nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; align-items: baseline; font-size: .94rem; }
    nav .name { font-weight: 650; }
    nav a { text-decoration: none; }
    nav a:hover, nav a[aria-current] { text-decoration: underline; }
    footer { margin-top: 3rem; color: var(--soft); font-size: .82rem; }

    .finding {
      display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem; align-items: center; margin: 1.1rem 0 1.4rem;
      padding: 1rem 1.2rem; border-left: .35rem solid var(--soft); background: var(--wash);
    }
    .finding .sign { font-size: 2.5rem; line-height: 1; font-weight: 400; width: 1.1em; text-align: center; }
    .finding .word { font-size: 1.7rem; line-height: 1.2; font-weight: 680; letter-spacing: -.01em; }
    .finding .why { grid-column: 2; }
    .finding ul { margin: .3rem 0 0; padding-left: 1.1rem; }
    .good { border-left-color: var(--accent); background: var(--accent-wash); }
    .good .sign, .good .word { color: var(--accent); }
    .bad { border-left-color: var(--alarm); background: var(--alarm-wash); }
    .bad .sign, .bad .word { color: var(--alarm); }

    .mark { white-space: nowrap; font-weight: 550; }
    .mark.is-good { color: var(--accent); }
    .mark.is-bad { color: var(--alarm); }
    .mark.is-unclear { color: var(--soft); }

    dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .9rem 1.2rem; margin: 1rem 0; }
    dl.facts div { border-top: 1px solid var(--line); padding-top: .3rem; }
    dl.facts dt { color: var(--soft); font-size: .82rem; line-height: 1.3; min-height: 2.6em; }
    dl.facts dd { margin: .1rem 0 0; font-size: 1.25rem; line-height: 1.3; font-weight: 550; }
    dl.facts dd small { font-size: .8rem; font-weight: 400; color: var(--soft); display: block; }
    dl.list { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: .2rem 1.4rem; margin: .6rem 0; font-size: .94rem; }
    dl.list dt { color: var(--soft); }
    dl.list dd { margin: 0; overflow-wrap: anywhere; }

    .wide { overflow-x: auto; margin: .6rem 0; }
    table { border-collapse: collapse; width: 100%; font-size: .9rem; line-height: 1.4; }
    th, td { text-align: left; vertical-align: baseline; padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--line); }
    th:last-child, td:last-child { padding-right: 0; }
    thead th { color: var(--soft); font-weight: 500; font-size: .82rem; border-bottom-color: var(--grey); }
    tbody th { font-weight: 550; }
    td.n, th.n { text-align: right; }
    td.n { white-space: nowrap; }
    td.keep, tbody th { white-space: nowrap; }
    table.dense { font-size: .86rem; }
    table.dense td, table.dense th { padding-inline: .3rem; }
    tr.group th { padding-top: 1rem; font-weight: 650; border-bottom-color: var(--grey); }

    progress { width: 9rem; max-width: 100%; height: .6rem; accent-color: var(--accent); vertical-align: baseline; }

    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); gap: 1.6rem 2rem; margin: .8rem 0; }
    figure { margin: 0; min-width: 0; break-inside: avoid; }
    figcaption { font-size: .875rem; line-height: 1.35; margin-bottom: .3rem; }
    svg { display: block; width: 100%; height: auto; max-width: 25rem; overflow: visible; }
    \(ChartStyle.rules)

    .sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1.2rem 1.6rem; margin: .8rem 0; }
    .sheet figcaption { color: var(--soft); font-size: .8rem; margin: .2rem 0 0; }
    .sheet .row { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 2px; }
    .sheet img { width: 100%; height: auto; display: block; image-rendering: pixelated; background: var(--wash); }

    .note { border-left: .2rem solid var(--line); padding-left: .8rem; color: var(--soft); font-size: .9rem; }

    @media (max-width: 40rem) {
      body { padding-top: .7rem; }
      nav { gap: .2rem .9rem; }
      h1 { font-size: 1.3rem; }
      .finding { padding: .8rem .9rem; gap: .1rem .7rem; }
      .finding .sign { font-size: 1.9rem; }
      .finding .word { font-size: 1.4rem; }
      dl.facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      dl.facts dt { min-height: 0; }
      dl.list { grid-template-columns: 1fr; gap: 0; }
      dl.list dd { margin-bottom: .4rem; }
      table.cards thead { display: none; }
      table.cards, table.cards tbody { display: block; }
      table.cards tr { display: block; padding: .5rem 0 .55rem; border-bottom: 1px solid var(--line); }
      table.cards td, table.cards th { display: flex; gap: .8rem; padding: .06rem 0; border: 0; white-space: normal; text-align: left; }
      table.cards td > *, table.cards th > * { min-width: 0; overflow-wrap: anywhere; }
      table.cards [data-name]::before { content: attr(data-name); flex: 0 0 6.5rem; color: var(--soft); font-weight: 400; }
      table.cards tr.group th { padding-top: .4rem; }
      table.dense tr { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1rem; }
      table.dense tr.group, table.dense th, table.dense td:nth-child(2) { grid-column: 1 / -1; }
      table.dense [data-name]::before { flex-basis: 5.2rem; }
    }
    @media print {
      :root {
        --paper: #fff; --ink: #000; --soft: #444; --line: #ccc; --wash: #f4f4f4; --accent: #0b6e63; --accent-wash: #eef6f4;
        --alarm: #a8321f; --alarm-wash: #faf0ee; --grey: #888;
        \(Palette.light.series)
      }
      @page { margin: 16mm 15mm; }
      body { font-size: 9.5pt; max-width: none; padding: 0; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
      nav { display: none; }
      h2 { break-after: avoid; }
      tr, .finding, .charts > figure, .sheet > figure { break-inside: avoid; }
      .wide { overflow: visible; }
      table { font-size: 8.2pt; }
      th, td { padding-right: .5rem; }
      .charts { grid-template-columns: repeat(2, 1fr); }
      .sheet { grid-template-columns: repeat(4, 1fr); }
      a { color: inherit; text-decoration: none; }
    }

    """
}
