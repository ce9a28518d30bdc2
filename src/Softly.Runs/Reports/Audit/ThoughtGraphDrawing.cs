using System.Text;
using static Softly.Runs.Reports.Markup;

namespace Softly.Runs.Reports;

/// <summary>
/// Draws a sample's thoughts on its problem's graph, a drawing a thought: the area of a disc is the weight of its state, a bold
/// ring means that the state is of the true set, a letter that it is a candidate, a tick that it is a right one. Numbers are
/// shown where the pointer rests.
/// </summary>
internal sealed class ThoughtGraphDrawing(AuditPicture picture)
{
    private const double Width = 380, Top = 62, Radius = 10, RowHeight = 36, Side = 18;

    /// <summary>Thoughts that are drawn: more could not be looked at.</summary>
    public const int MostThoughts = 16;

    private readonly GraphLayout _layout =
        new(picture.Nodes, picture.Edges, picture.Root, Math.Clamp(picture.Thoughts.Count, 1, MostThoughts));

    private readonly HashSet<string> _right = [.. picture.Right];

    /// <summary>One thought.</summary>
    /// <param name="thought">Its number, from 0.</param>
    public string Draw(int thought)
    {
        var (set, weights) = (picture.Thoughts[thought].Set.ToHashSet(), picture.Thoughts[thought].Weights);
        var before = thought == 0 ? [picture.Root] : picture.Thoughts[thought - 1].Set.ToHashSet();
        var shares = weights.GroupBy(w => w.Word).ToDictionary(g => g.Key, g => g.Sum(w => w.Weight));
        var svg = new StringBuilder();
        Text(svg, 0, 16, $"thought {thought + 1}", "title");
        foreach (var (line, text) in Caption(set, shares).Index()) Text(svg, 0, 35 + (18 * line), text, "quiet");
        // Steps from set to set stand out, so they are drawn last.
        foreach (var edge in picture.Edges.OrderBy(Taken)) Edge(svg, edge, Taken(edge));
        foreach (var node in picture.Nodes) Node(svg, node, shares.GetValueOrDefault(node), set);
        var height = Top + (_layout.Rows * RowHeight) + 8;
        var name = Escape($"Thought {thought + 1} on the graph of {picture.ProblemId}");
        return Open(Width, height) + $"role=\"img\" aria-label=\"{name}. {Escape(Spoken(shares))}\">\n{svg}</svg>\n";

        bool Taken(GraphEdge edge) => picture.StepByStep && edge.IsOf(thought + 1)
            && before.Contains(edge.From) && set.Contains(edge.To);
    }

    /// <summary>What the signs mean.</summary>
    public static string Legend()
    {
        var svg = new StringBuilder();
        Square(svg, 12, 14);
        Text(svg, 30, 18.5, "root");
        Disc(svg, 92, 14, 0.4, inSet: true);
        Ring(svg, 92, 14, inSet: true);
        Text(svg, 110, 18.5, "of the true set; the area of the disc is its weight (full: 1)");
        Disc(svg, 12, 42, 0.4, inSet: false);
        Ring(svg, 12, 42, inSet: false);
        Text(svg, 30, 46.5, "weight that leaks out of the set");
        svg.Append("<text x=\"2\" y=\"73\"><tspan class=\"right\">a✓</tspan> the right candidate of group a"
            + "<tspan class=\"quiet\" dx=\"20\">a</tspan> a wrong one</text>\n");
        Text(svg, 0, 98, "Columns: hops from the root; on the right, faint: further away, or never reached.", "quiet");
        return Open(560, 106) + $"role=\"img\" aria-label=\"Legend\">\n{svg}</svg>\n";
    }

    private static string Open(double width, double height) =>
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart graph\" "
        + $"viewBox=\"0 0 {Coordinate(width)} {Coordinate(height)}\" ";

    private IEnumerable<string> Caption(HashSet<string> set, Dictionary<string, double> shares)
    {
        var total = shares.Values.Sum();
        if (!(total > 0)) return ["nothing was thought"];
        var elsewhere = shares.Where(s => _layout.Of(s.Key) is null).Sum(s => s.Value) / total;
        var effective = Math.Exp(-shares.Values.Where(w => w > 0).Sum(w => w / total * Math.Log(w / total)));
        var onSet = shares.Where(s => set.Contains(s.Key)).Sum(s => s.Value) / total;
        return
        [
            .. set.Count > 0 ? [$"{Percent(onSet)} on the set of {set.Count}"] : Array.Empty<string>(),
            $"{Numbers.Fixed(effective, 1)} effective words"
                + (elsewhere >= 0.001 ? $" · {Percent(elsewhere)} on no state" : ""),
        ];
    }

    private static string Spoken(Dictionary<string, double> shares) =>
        string.Join(", ", shares.OrderByDescending(s => s.Value).Take(12).Select(s => $"{s.Key} {Percent(s.Value)}"));

    private static string Percent(double share) => Numbers.Fixed(100 * share, share < 0.095 ? 1 : 0) + " %";

    private void Edge(StringBuilder svg, GraphEdge edge, bool taken)
    {
        if (Place(edge.From) is not var (x, y) || Place(edge.To) is not var (u, v) || edge.From == edge.To) return;
        var faint = !taken && (_layout.IsRest(edge.From) || _layout.IsRest(edge.To));
        if (faint) return; // most lines of a graph, and none that a thought could have taken
        var length = Math.Max(1, Math.Sqrt(((u - x) * (u - x)) + ((v - y) * (v - y))));
        var (dx, dy) = ((u - x) / length * Radius, (v - y) / length * Radius);
        // Within a column, and backwards, lines bend aside, so that they do not run through states.
        var bend = u > x ? "" : $"Q{Coordinate(((x + u) / 2) + 26)} {Coordinate((y + v) / 2)} ";
        if (bend.Length > 0) (dx, dy) = (0, Math.Sign(v - y) * Radius);
        svg.Append($"<path class=\"{(taken ? "taken" : "edge")}\" d=\"M{Coordinate(x + dx)} {Coordinate(y + dy)}"
            + $"{(bend.Length > 0 ? bend : "L")}{Coordinate(u - dx)} {Coordinate(v - dy)}\"/>\n");
    }

    private void Node(StringBuilder svg, string node, double weight, HashSet<string> set)
    {
        if (Place(node) is not var (x, y)) return;
        var (inSet, group) = (set.Contains(node), picture.Candidates.ToList().FindIndex(c => c.Contains(node)));
        var right = _right.Contains(node);
        var tip = $"{node}: {Numbers.Fixed(weight, 3)}"
            + (node == picture.Root ? ", the root" : "")
            + (set.Count == 0 ? "" : inSet ? ", of the true set" : ", not of the true set")
            + (group < 0 ? "" : $", {(right ? "right" : "wrong")} candidate of group {Letter(group)}");
        svg.Append(_layout.IsRest(node) && !inSet && weight < 0.005 ? "<g class=\"rest\">" : "<g>")
            .Append($"<title>{Escape(tip)}</title>");
        if (node == picture.Root) Square(svg, x, y);
        Disc(svg, x, y, weight, inSet || set.Count == 0);
        if (node != picture.Root || inSet) Ring(svg, x, y, inSet);
        var sign = group < 0 ? ""
            : $"<tspan class=\"{(right ? "right" : "quiet")}\" dx=\"3\">{Letter(group)}{(right ? "✓" : "")}</tspan>";
        svg.Append($"<text class=\"node\" text-anchor=\"middle\" x=\"{Coordinate(x)}\" y=\"{Coordinate(y + Radius + 11)}\">"
            + $"{Escape(node)}{sign}</text></g>\n");
    }

    private static string Letter(int group) => ((char)('a' + (group % 26))).ToString();

    private (double X, double Y)? Place(string node) => _layout.Of(node) is var (column, row)
        ? (Side + (column * (Width - (2 * Side)) / Math.Max(1, _layout.Columns - 1)), Top + (row * RowHeight))
        : null;

    private static void Disc(StringBuilder svg, double x, double y, double weight, bool inSet)
    {
        if (!(weight > 0)) return;
        var radius = Math.Min(1, Math.Sqrt(weight)) * Radius;
        if (radius < 0.4) return;
        svg.Append($"<circle cx=\"{Coordinate(x)}\" cy=\"{Coordinate(y)}\" r=\"{Coordinate(radius)}\" "
            + $"fill=\"{ChartStyle.Colour(SeriesRole.Measured, inSet ? 0 : 1)}\"/>");
    }

    private static void Ring(StringBuilder svg, double x, double y, bool inSet) =>
        svg.Append($"<circle class=\"{(inSet ? "in" : "out")}\" cx=\"{Coordinate(x)}\" cy=\"{Coordinate(y)}\" "
            + $"r=\"{Coordinate(Radius)}\"/>");

    private static void Square(StringBuilder svg, double x, double y) =>
        svg.Append($"<rect class=\"root\" x=\"{Coordinate(x - Radius + 1)}\" y=\"{Coordinate(y - Radius + 1)}\" "
            + $"width=\"{Coordinate((2 * Radius) - 2)}\" height=\"{Coordinate((2 * Radius) - 2)}\" rx=\"2\"/>");

    private static void Text(StringBuilder svg, double x, double y, string text, string style = "") =>
        svg.Append($"<text x=\"{Coordinate(x)}\" y=\"{Coordinate(y)}\"{(style.Length > 0 ? $" class=\"{style}\"" : "")}>"
            + $"{Escape(text)}</text>\n");
}
