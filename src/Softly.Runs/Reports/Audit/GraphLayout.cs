namespace Softly.Runs.Reports;

/// <summary>
/// Where the states of a problem stand: a column for every hop from the root, as many as there are thoughts, and behind them what
/// is further away or not reached. Within a column a state stands near those that lead to it.
/// </summary>
internal sealed class GraphLayout
{
    private const int LeastRows = 7, Sweeps = 8;

    private readonly Dictionary<string, (int Column, double Row)> _places = [];

    /// <param name="nodes">All states.</param>
    /// <param name="edges">Steps between them.</param>
    /// <param name="root">Where the search begins.</param>
    /// <param name="hops">Columns behind the root's.</param>
    public GraphLayout(IReadOnlyList<string> nodes, IReadOnlyList<GraphEdge> edges, string root, int hops)
    {
        List<List<string>> columns = [[root]];
        HashSet<string> met = [root];
        for (var hop = 1; hop <= hops; hop++)
        {
            // From all that was met: where each step has its own edges, a search may stay for some.
            var next = edges.Where(e => e.IsOf(hop) && met.Contains(e.From)).Select(e => e.To).ToList();
            List<string> reached = [.. next.Where(met.Add)];
            if (reached.Count > 0) columns.Add(reached);
        }
        Reached = columns.Count;
        Untangle(columns, edges);
        List<string> rest = [.. nodes.Where(n => !met.Contains(n))];
        Rows = Math.Max(LeastRows, columns.Max(c => c.Count));
        if (rest.Count > 3 * Rows) Rows = (rest.Count + 2) / 3;
        var more = (rest.Count + Rows - 1) / Rows; // columns of about the same height
        if (more > 0) columns.AddRange(rest.Chunk((rest.Count + more - 1) / more).Select(c => c.ToList()));
        Columns = columns.Count;
        for (var c = 0; c < columns.Count; c++)
            for (var i = 0; i < columns[c].Count; i++)
                _places[columns[c][i]] = (c, Rows * (i + 0.5) / columns[c].Count);
    }

    /// <summary>Columns of states that are reached, the root's counted.</summary>
    public int Reached { get; }

    /// <summary>All columns.</summary>
    public int Columns { get; }

    /// <summary>States that have room above each other.</summary>
    public int Rows { get; }

    /// <summary>A state's place: its column, and how many rows down; null for a word that is no state.</summary>
    public (int Column, double Row)? Of(string node) => _places.TryGetValue(node, out var place) ? place : null;

    /// <summary>Whether a state is one of those that are not reached.</summary>
    public bool IsRest(string node) => _places[node].Column >= Reached;

    /// <summary>Orders columns by the mean place of their neighbours, forwards and backwards in turns.</summary>
    private static void Untangle(List<List<string>> columns, IReadOnlyList<GraphEdge> edges)
    {
        var (before, after) = (edges.ToLookup(e => e.To, e => e.From), edges.ToLookup(e => e.From, e => e.To));
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var forwards = sweep % 2 == 0;
            var neighbours = forwards ? before : after;
            for (var i = 1; i < columns.Count; i++)
            {
                var c = forwards ? i : columns.Count - 1 - i;
                var beside = columns[forwards ? c - 1 : c + 1];
                var place = beside.Select((n, at) => (n, At: (at + 0.5) / beside.Count)).ToDictionary(x => x.n, x => x.At);
                var places = columns[c].Select((n, at) => (Node: n, At: neighbours[n].Where(place.ContainsKey)
                    .Select(m => place[m]).DefaultIfEmpty((at + 0.5) / columns[c].Count).Average()));
                columns[c] = [.. places.OrderBy(x => x.At).Select(x => x.Node)];
            }
        }
    }
}
