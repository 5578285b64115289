// The look of the report: one style sheet for light and dark, screen and phone and paper.

package enum ReportStyle {
    package static let css = """
        :root { color-scheme: light dark;
          --paper: #fcfbf9; --ink: #1d2024; --muted: #646b75; --faint: #e4e2dd; --card: #ffffff;
          --c0: #6b7280; --c1: #1f6fb4; --c2: #c77f00; --c3: #b3244f; --c4: #0d8a77; --c5: #7b4fb5; --c6: #1d2024;
          --c7: #97650f;
          --part0: #c24a1a; --part1: #2472b5; --part2: #c9cdd3;
          --on-part0: #ffffff; --on-part1: #ffffff; --on-part2: #1d2024; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #15171a; --ink: #e7e6e2; --muted: #9aa2ad; --faint: #2c3036; --card: #1b1e22;
          --c0: #a3adba; --c1: #63adf0; --c2: #f0b440; --c3: #f57697; --c4: #3cc9b0; --c5: #b795ec; --c6: #e7e6e2;
          --c7: #cfa566;
          --part0: #e5793f; --part1: #4b97dc; --part2: #4a5059;
          --on-part0: #15171a; --on-part1: #15171a; --on-part2: #e7e6e2; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Noto Sans", sans-serif; }
        main { max-width: 1160px; margin: 0 auto; padding: 40px 28px 64px; }
        h1 { font-size: 30px; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 6px; font-weight: 650; }
        h2 { font-size: 20px; letter-spacing: -.005em; margin: 44px 0 6px; font-weight: 650; }
        h3 { font-size: 15px; margin: 0 0 2px; font-weight: 650; }
        p { max-width: 72ch; margin: 6px 0 12px; }
        .lead { font-size: 17px; } .note { color: var(--muted); font-size: 14px; }
        code { font: .92em ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace; }
        .scroll { overflow-x: auto; margin: 14px 0 6px; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 15px; }
        th, td { padding: 5px 18px 5px 0; text-align: right; white-space: nowrap; font-weight: 400; }
        thead th { color: var(--muted); font-size: 13.5px; border-bottom: 1px solid var(--ink); }
        th:first-child, th.text, td.text { text-align: left; }
        tbody th { font-weight: 650; vertical-align: top; }
        tbody.group { border-bottom: 1px solid var(--faint); }
        tbody.group tr:first-child > * { padding-top: 8px; } tbody.group tr:last-child > * { padding-bottom: 8px; }
        td .sd { color: var(--muted); font-size: 13.5px; }
        .grid2 { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 30px 36px; margin-top: 16px; }
        .grid3 { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 26px 30px; margin-top: 16px; }
        figure { margin: 0; position: relative; }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { font-size: 12px; fill: var(--ink); font-variant-numeric: tabular-nums; }
        svg .tick, svg .label { fill: var(--muted); }
        svg .grid { stroke: var(--faint); stroke-width: 1; } svg .axis { stroke: var(--muted); stroke-width: 1; }
        svg .line { fill: none; stroke-width: 1.9; stroke-linejoin: round; }
        svg .dashed { stroke-dasharray: 6 3.5; } svg .dotted { stroke-dasharray: 1.5 3.5; stroke-linecap: round; }
        svg .dashdot { stroke-dasharray: 8 3 1.5 3; }
        svg .band { stroke: none; opacity: .16; } svg .end { font-weight: 650; }
        svg .overlay { stroke-width: 1.4; stroke-dasharray: 2.5 2.5; }
        svg .mark { fill: var(--paper); stroke-width: 1.4; }
        svg .line.plain, svg .mark.plain { stroke: var(--muted); }
        svg .cursor { stroke: var(--muted); opacity: .55; stroke-width: 1; visibility: hidden; pointer-events: none; }
        svg .cursor.on { visibility: visible; }
        svg.panel:focus { outline: none; } svg.panel:focus-visible { outline: 2px solid var(--c1); outline-offset: 4px; }
        \(colours)
        svg .part0 { fill: var(--part0); } svg .part1 { fill: var(--part1); }
        svg .part2 { fill: var(--part2); } svg .inside { font-size: 11.5px; }
        svg .on-part0 { fill: var(--on-part0); } svg .on-part1 { fill: var(--on-part1); }
        svg .on-part2 { fill: var(--on-part2); }
        svg .cell { fill: var(--c1); stroke: var(--faint); stroke-width: .5; }
        svg .below { fill: var(--c3); stroke: var(--faint); stroke-width: .5; }
        svg .in-cell, svg .on-cell { font-size: 10.5px; } svg .on-cell { fill: var(--paper); }
        svg.histogram path { fill-opacity: .28; stroke-width: 1.4; }
        svg .right { fill: var(--c1); stroke: var(--c1); } svg .wrong { fill: var(--c3); stroke: var(--c3); }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 22px; font-size: 14px; margin: 12px 0 4px; padding: 0;
          list-style: none; }
        .legend li { display: flex; align-items: center; gap: 8px; }
        .legend svg { width: 34px; height: 12px; flex: none; }
        .readout { position: absolute; z-index: 2; pointer-events: none; background: var(--card); font-size: 13px;
          border: 1px solid var(--faint); border-radius: 6px; padding: 6px 10px; display: none;
          box-shadow: 0 3px 14px rgb(0 0 0 / .14); }
        .readout.on { display: block; }
        .readout table { font-size: 13px; } .readout th, .readout td { padding: 1px 0 1px 14px; border: 0; }
        .readout th:first-child, .readout td:first-child { padding-left: 0; font-weight: 650; text-align: left; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 20px; font-size: 14.5px; margin: 12px 0; }
        dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
        details { margin-top: 18px; } summary { cursor: pointer; color: var(--muted); font-size: 14.5px; }
        details table { font-size: 13.5px; } details tbody th { font-weight: 400; }
        footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--faint); }
        @media (max-width: 980px) { .grid3 { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
        @media (max-width: 700px) {
          main { padding: 22px 16px 48px; } h1 { font-size: 25px; } th, td { padding-right: 13px; }
          .grid2, .grid3 { grid-template-columns: minmax(0, 1fr); gap: 26px; }
          svg.panel text { font-size: 15px; } }
        @media print {
          main { max-width: none; padding: 0; } figure, tbody.group { break-inside: avoid; }
          /* Paper does not scroll: what is too wide for it goes on in the next line. */
          .scroll { overflow: visible; } table { font-size: 12px; }
          th, td { white-space: normal; overflow-wrap: anywhere; padding-right: 9px; }
          /* A row with a column for every metric goes on below itself, as its head does. */
          .many, .many thead, .many tbody { display: block; font-size: 9.5px; }
          .many tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(62px, 1fr)); padding: 3px 0;
            border-bottom: 1px solid var(--faint); break-inside: avoid; }
          .many thead tr { border-color: var(--ink); }
          .many tr > * { border: 0; padding: 1px 6px 1px 0 !important; font-size: 9.5px; text-align: left; }
        }
        """

    /// Colours the palette has; further rates begin again.
    static let colourCount = 8

    private static let colours = (0..<colourCount).map {
        "svg .line.c\($0), svg .mark.c\($0) { stroke: var(--c\($0)); } svg .band.c\($0), svg .end.c\($0), svg .dot.c\($0) { fill: var(--c\($0)); } "
            + ".ink\($0) { color: var(--c\($0)); }"
    }.joined(separator: "\n")
}
