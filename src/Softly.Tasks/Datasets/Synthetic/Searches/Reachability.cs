namespace Softly.Tasks;

/// <summary>
/// Which candidate can be reached from the root in exactly H hops: a random acyclic graph, one group of candidates or two. With
/// one group a single path is enough. With two it is not: the right nodes of both groups lie at the same distance, and a path
/// has only one node there.
/// </summary>
/// <remarks>
/// <para>
/// Node i of the hidden order has edges to <c>degree</c> (at the end fewer) of the next <c>window</c> nodes; names are shuffled.
/// An edge is one position, an equal mixture of the word of its source and a word of its own for its target, as in
/// <see cref="TwoEndedPath"/>: <c>3&amp;&gt;7</c>. Edges come in random order. The root is a random node
/// with enough nodes H hops away, and enough that are not. Wrong candidates are no such nodes; they may be reached in another
/// number of hops. A node that many walks of H edges end in, wherever they begin, is H hops from the root more often, so
/// candidates are drawn such that the right one is as often that with the most walks (and of as many, the most edges into it) as
/// that with the fewest; all have one at least.
/// </para>
/// <para>One graph in ten is held out, under all names of its nodes and with all questions about it.</para>
/// </remarks>
public sealed class Reachability : SearchTask
{
    private readonly int _nodes;
    private readonly int _window;
    private readonly int _degree;
    private readonly int _groups;

    /// <param name="groups">Groups of candidates: 1 or 2.</param>
    /// <param name="settings">Reads nodes (24), window (12), degree (2), hops (3), candidates (6) and thoughts (path).</param>
    /// <exception cref="ArgumentException">A size is out of range, or they do not go together.</exception>
    public Reachability(int groups = 1, TaskSettings? settings = null)
        : this(groups, settings ??= new(), Size.Of(settings.Nodes, 24, 3, 1000, "task_nodes"),
            Size.Of(settings.Candidates, 6, 2, 100, "task_candidates"))
    {
    }

    private Reachability(int groups, TaskSettings settings, int nodes, int candidates)
        : base(groups == 1 ? "reachability" : "reachability-two", nodes, Enumerable.Range(0, nodes).Select(Target), groups,
            candidates, settings.Thoughts ?? ThoughtForm.Path)
    {
        (_nodes, _groups) = (nodes, groups);
        _degree = Size.Of(settings.Degree, 2, 1, 8, "task_degree");
        _window = Size.Of(settings.Window, 12, _degree, 1000, "task_window");
        Steps = Size.Of(settings.Hops, 3, 1, 16, "task_hops");
        Description = $"which of {candidates} candidates {(groups == 1 ? "" : "of each of two groups ")}can be reached in "
            + $"exactly {Steps} hops; {nodes} nodes with {_degree} edges each to the next {_window}";
        CheckSizes("raise task_nodes, or lower task_candidates or task_hops");
    }

    /// <inheritdoc />
    public override string Description { get; }

    private protected override int Steps { get; }

    private protected override int Widest(int t) =>
        (int)Math.Min(Math.Pow(_degree, t), Math.Min(_nodes - t, ((long)(_window - 1) * t) + 1));

    private protected override (IReadOnlyList<string> Beginning, IEnumerable<int> Starts) Make(StableRandom random)
    {
        var names = random.Pick(Enumerable.Range(0, _nodes), _nodes);
        var edges = Enumerable.Range(0, _nodes)
            .SelectMany(from => Successors(from, random).Select(to => $"{names[from]}&{Target(names[to])}")).ToArray();
        return (random.Pick(edges, edges.Length), names);
    }

    private int[] Successors(int node, StableRandom random)
    {
        var after = _nodes - 1 - node;
        return random.Pick(Enumerable.Range(node + 1, Math.Min(_window, after)), Math.Min(_degree, after));
    }

    private protected override Ground? Read(IReadOnlyList<string> beginning)
    {
        var next = Enumerable.Range(0, _nodes).Select(_ => new HashSet<int>()).ToArray();
        var into = new int[_nodes];
        foreach (var edge in beginning)
        {
            if (Words.Numbers(edge.Split("&>"), _nodes) is not [var source, var sink]) return null;
            if (next[source].Add(sink)) into[sink]++;
        }
        int[] nodes = [.. Enumerable.Range(0, _nodes)];
        var walks = new Lazy<long[]>(() => Walks(next)); // grading needs none
        return new Ground(nodes, nodes, (_, node) => next[node])
        {
            // Of as many walks, a node with more edges into it is reached more often.
            Glance = (_, node) => (Math.Min(walks.Value[node], (long.MaxValue / _nodes) - 1) * _nodes) + into[node],
            MayBe = (_, node) => walks.Value[node] > 0,
        };
    }

    /// <summary>For each node, how many walks of <see cref="Steps"/> edges end there, wherever they begin.</summary>
    private long[] Walks(HashSet<int>[] next)
    {
        var walks = Enumerable.Repeat(1L, _nodes).ToArray();
        for (var step = 0; step < Steps; step++)
        {
            var longer = new long[_nodes];
            for (var from = 0; from < _nodes; from++)
                foreach (var to in next[from]) longer[to] += walks[from];
            walks = longer;
        }
        return walks;
    }

    /// <summary>
    /// The graph whatever its nodes are called: colours that neighbours' colours refine (Weisfeiler and Leman), which are equal
    /// for equal graphs, and for few others.
    /// </summary>
    private protected override string Content(IReadOnlyList<string> beginning)
    {
        var edges = beginning.Select(e => Words.Numbers(e.Split("&>"), _nodes)!).Select(e => (From: e[0], To: e[1])).Distinct()
            .ToArray();
        var colours = new ulong[_nodes];
        for (var (kinds, before) = (1, 0); kinds > before;) // until a round tells no more nodes apart
        {
            // Sums do not know an order, so neighbours' colours are hashed first and added up.
            var (after, into) = (new ulong[_nodes], new ulong[_nodes]);
            foreach (var (from, to) in edges)
            {
                after[from] += Mixed(colours[to], 1);
                into[to] += Mixed(colours[from], 2);
            }
            colours = [.. colours.Select((c, i) => Mixed(Mixed(Mixed(c, 3) + after[i], 4) + into[i], 5))];
            (before, kinds) = (kinds, colours.Distinct().Count());
        }
        return $"{_nodes} nodes {colours.Aggregate(0UL, (sum, c) => sum + Mixed(c, 6)):x16}";
    }

    /// <summary>SplitMix64's finaliser.</summary>
    private static ulong Mixed(ulong colour, ulong role)
    {
        var z = colour + (role * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private protected override string Miss(int start, int state) => $"{state} is not {Steps} hops from {start}";

    private static string Target(int node) => ">" + Words.Text(node);
}
