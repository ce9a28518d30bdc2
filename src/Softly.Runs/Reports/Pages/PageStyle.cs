namespace Softly.Runs.Reports;

/// <summary>How pages look: system fonts, light and dark, paper and narrow screens.</summary>
internal static class PageStyle
{
    private const string Rules =
        """
        :root{--accent:0,103,165;--ink:var(--chart-ink);--quiet:var(--chart-quiet);--rule:var(--chart-grid);--soft:#f5f5f3}
        *{box-sizing:border-box}
        html{background:var(--chart-paper);color:var(--ink);
        font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        body{margin:0;padding:2.5rem 1rem 4rem;overflow-wrap:break-word}
        main{max-width:64rem;margin:0 auto}
        h1,h2,h3,h4,p,ul,details{max-width:44rem}
        h1{font-size:1.9rem;line-height:1.2;margin:0 0 1rem}
        h2{font-size:1.35rem;line-height:1.3;margin:2.75rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--rule)}
        h3,h4{font-size:1.05rem;margin:1.75rem 0 .5rem}
        p,ul{margin:0 0 1rem}
        ul{padding-left:1.3rem}
        li{margin:.3rem 0}
        .note{color:var(--quiet);font-size:.9rem}
        .labelled{margin:0 0 .4rem}
        .labelled span{display:block;color:var(--quiet);font-size:.9rem}
        code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--soft);padding:.1em .3em;
        border-radius:3px}
        pre{background:var(--soft);padding:.75rem 1rem;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;
        margin:0 0 1rem}
        pre code{padding:0;background:none}
        .table{overflow-x:auto;margin:0 0 1.25rem}
        table{border-collapse:collapse;font-size:.93rem;line-height:1.4}
        .caption{color:var(--quiet);font-size:.9rem;margin:0 0 .3rem}
        th,td{text-align:left;vertical-align:baseline;padding:.4rem 1.1rem .4rem 0;border-bottom:1px solid var(--rule)}
        thead th{font-weight:600;border-bottom:2px solid var(--quiet)}
        tbody th{font-weight:500}
        th:last-child,td:last-child{padding-right:0}
        .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .interval{color:var(--quiet);font-size:.88em}
        .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr));gap:1.5rem 2rem;
        margin:0 0 1.25rem}
        .multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:1.25rem 1.5rem;
        margin:0 0 .75rem}
        .multiples+figure{margin:0 0 1.25rem}
        figure{margin:0;max-width:36rem}
        .graph .edge{fill:none;stroke:var(--chart-grid,#e2e2e2);stroke-width:1}
        .graph .taken{fill:none;stroke:var(--chart-quiet,#666);stroke-width:1.2}
        .graph .in{fill:none;stroke:var(--chart-ink,#1c1c1c);stroke-width:2.2}
        .graph .out{fill:none;stroke:var(--chart-quiet,#666);stroke-width:.7}
        .graph .root{fill:none;stroke:var(--chart-ink,#1c1c1c);stroke-width:1.4}
        .graph .rest{opacity:.45}
        .graph .node{font-size:11px;paint-order:stroke;stroke:var(--chart-paper,#fff);stroke-width:3px;stroke-linejoin:round}
        .graph .right{font-weight:700;fill:var(--series-2,#00805f)}
        figure svg{display:block;width:100%;height:auto}
        details{margin:0 0 1rem;max-width:none}
        summary{cursor:pointer;font-weight:500;padding:.25rem 0}
        details[open]>summary{margin-bottom:.5rem}
        .thoughts{display:flex;flex-wrap:wrap;gap:.35rem;align-items:flex-start;margin:0 0 1rem;font-size:.93rem;line-height:1.35}
        .step{display:inline-flex;flex-direction:column;padding:.1rem;border:1px solid transparent;border-radius:5px}
        .step.soft{border-color:var(--rule)}
        .word{display:flex;justify-content:space-between;gap:.5rem;padding:.05rem .35rem;border-radius:3px;white-space:pre}
        .word{background:rgba(var(--accent),var(--shade,0))}
        .word small{color:var(--quiet);font-variant-numeric:tabular-nums}
        .soft .word small{color:inherit;opacity:.75}
        @media screen and (prefers-color-scheme:dark){:root{--accent:92,184,240;--soft:#212429}}
        @media(max-width:30rem){body{padding:1.25rem .9rem 3rem}h1{font-size:1.55rem}h2{margin-top:2rem}
        th,td{padding-right:.8rem}.interval{display:block}}
        @media print{html{font-size:11pt}body{padding:0}h2,h3,.caption,summary{break-after:avoid}
        figure,tr,.step{break-inside:avoid}.table{overflow:visible}}
        @media print{.figures{grid-template-columns:1fr 1fr}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        """;

    /// <summary>The style sheet of every page.</summary>
    public static string Css { get; } = ChartStyle.Colours + ChartStyle.Rules + "\n" + Rules;
}
