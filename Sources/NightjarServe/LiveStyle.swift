// The look of the live page: that of the report, and what a report has not.

import NightjarRuns

enum LiveStyle {
    static let css = ReportStyle.css + "\n" + own

    /// In tabs of browsers: a curve.
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#15171a"/>\
        <path d="M2.5 13C5 13 5 4 8 4s3 5 5.5 5" fill="none" stroke="#63adf0" stroke-width="2" stroke-linecap="round"/></svg>
        """

    private static let own = """
        main { padding-top: 18px; }
        header { border-bottom: 1px solid var(--faint); background: var(--card); }
        header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 24px; padding: 10px 28px; }
        header nav { display: flex; flex-wrap: wrap; gap: 4px 18px; }
        header a[aria-current] { color: var(--ink); text-decoration: none; border-bottom: 2px solid var(--c1); }
        header p { margin: 0 0 0 auto; font-size: 14px; color: var(--muted); }
        header p.live::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 4px;
          margin-right: 7px; background: var(--c4); }
        header p.lost { color: var(--c3); font-weight: 650; }
        a { color: var(--c1); text-underline-offset: 2px; overflow-wrap: anywhere; }
        a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, summary:focus-visible,
        .scroll:focus-visible, pre:focus-visible { outline: 2px solid var(--c1); outline-offset: 2px; }
        .skip, .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); margin: 0;
          white-space: nowrap; }
        .skip:focus { position: static; width: auto; height: auto; clip-path: none; display: block; padding: 8px 28px; }
        h1 { overflow-wrap: anywhere; margin-top: 8px; } .above { margin: 10px 0 0; font-size: 14.5px; }
        .card { background: var(--card); border: 1px solid var(--faint); border-radius: 8px; padding: 14px 18px;
          margin: 16px 0; }
        .card h2 { margin: 0 0 2px; }
        .states { height: 10px; border-radius: 5px; overflow: hidden; margin: 8px 0 10px; background: var(--faint); }
        .state-finished { fill: var(--c4); background: var(--c4); } .state-failed { fill: var(--c3); background: var(--c3); }
        .state-interrupted { fill: var(--c2); background: var(--c2); }
        .state-going, .state-running { fill: var(--c1); background: var(--c1); }
        .state-left { fill: var(--c7); background: var(--c7); } .state-waiting { fill: var(--faint); }
        .dot { display: inline-block; width: 9px; height: 9px; border-radius: 5px; margin-right: 8px; }
        .workers { list-style: none; margin: 10px 0; padding: 0; font-size: 14.5px; font-variant-numeric: tabular-nums; }
        .workers li { display: grid; grid-template-columns: minmax(0, 2fr) minmax(60px, 1fr) minmax(0, 2fr); gap: 2px 14px;
          align-items: center; padding: 3px 0; }
        .workers .where { color: var(--muted); overflow-wrap: anywhere; }
        progress { width: 100%; height: 8px; appearance: none; border: 0; border-radius: 4px; overflow: hidden;
          background: var(--faint); }
        progress::-webkit-progress-bar { background: var(--faint); } progress::-webkit-progress-value { background: var(--c1); }
        progress::-moz-progress-bar { background: var(--c1); }
        input, select, button { font: inherit; font-size: 14.5px; color: var(--ink); background: var(--card);
          border: 1px solid var(--muted); border-radius: 5px; padding: 3px 8px; max-width: 100%; }
        input[type=checkbox] { width: 16px; height: 16px; vertical-align: -2px; accent-color: var(--c1); }
        button { cursor: pointer; } button:hover { border-color: var(--ink); }
        .find, .choices { display: flex; flex-wrap: wrap; gap: 10px 18px; align-items: center; margin: 12px 0; font-size: 14.5px; }
        .find label, .choices label { display: flex; flex-wrap: wrap; gap: 4px 7px; align-items: center; }
        fieldset { border: 1px solid var(--faint); border-radius: 6px; padding: 6px 14px 10px; margin: 10px 0;
          display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 14.5px; max-height: 220px; overflow-y: auto; }
        legend { color: var(--muted); font-size: 13.5px; padding: 0 6px; }
        summary h2, summary h3 { display: inline; } summary h2 { color: var(--ink); } summary h3 { color: var(--ink); }
        table.runs { font-size: 14px; } table.runs tbody th { font-weight: 400; text-align: left; }
        table.runs th a { overflow-wrap: normal; } table.runs td:first-child { padding-right: 10px; }
        table.runs tbody { content-visibility: auto; contain-intrinsic-size: auto 3200px; }
        table.wrap td { white-space: normal; overflow-wrap: anywhere; min-width: 90px; vertical-align: top; }
        thead th a { color: inherit; }
        pre { font: 13px/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace; background: var(--card);
          border: 1px solid var(--faint); border-radius: 6px; padding: 10px 14px; overflow: auto; margin: 10px 0; tab-size: 4; }
        pre.log { max-height: 420px; white-space: pre-wrap; overflow-wrap: anywhere; }
        pre.fault, .fault { color: var(--c3); white-space: pre-wrap; overflow-wrap: anywhere; }
        pre .warning { color: var(--c2); } pre .error, pre .critical { color: var(--c3); font-weight: 650; }
        pre.code { max-height: 640px; } pre.code code { font: inherit; counter-reset: line; }
        pre.code .l { counter-increment: line; }
        pre.code .l::before { content: counter(line); display: inline-block; width: 3.2em; margin-right: 1.2em;
          text-align: right; color: var(--muted); }
        .k-comment { color: var(--muted); font-style: italic; } .k-text { color: var(--c4); } .k-number { color: var(--c2); }
        .k-word { color: var(--c5); font-weight: 650; }
        .diff span { display: inline-block; min-width: 100%; }
        .diff .added { background: color-mix(in srgb, var(--c4) 20%, transparent); }
        .diff .removed { background: color-mix(in srgb, var(--c3) 18%, transparent); } .diff .place { color: var(--c5); }
        .beside { display: flex; flex-wrap: wrap; gap: 6px 56px; } .beside > div { min-width: 0; max-width: 100%; }
        .cards { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr));
          gap: 12px; }
        .cards li { background: var(--card); border: 1px solid var(--faint); border-radius: 8px; padding: 10px; min-width: 0; }
        .cards img { display: block; width: 100%; max-width: 132px; height: auto; aspect-ratio: 1; object-fit: contain;
          image-rendering: pixelated; background: #000; border-radius: 4px; margin: 0 auto 8px; }
        .cards dl { font-size: 13px; gap: 0 10px; margin: 0; } .cards dd { font-weight: 650; } .cards .wrong { color: var(--c3); }
        #figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 36px; }
        #figures > * { grid-column: 1 / -1; }
        #figures > section:not(:has(figure ~ figure)) { grid-column: auto; }
        #figures > section:not(:has(figure ~ figure)) .grid2 { grid-template-columns: minmax(0, 1fr); }
        @media (max-width: 700px) { #figures { grid-template-columns: minmax(0, 1fr); }
          table.runs tbody th { white-space: normal; min-width: 150px; } dl.letters { grid-template-columns: 1.4em 1fr; }
          header { padding: 10px 16px; } main { padding-top: 12px; }
          .workers li { grid-template-columns: minmax(0, 1fr) 90px; } .workers .where { grid-column: 1 / -1; }
          dl:not(.letters) { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); } dt { overflow-wrap: anywhere; }
          pre.code .l::before { width: 2em; margin-right: .8em; } }
        """
}
